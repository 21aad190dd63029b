// Cuboids in a cloud of points: turned and looked at from every side, set by a press on the ground, moved by keys.
import {
  AxesHelper,
  BoxGeometry,
  BufferGeometry,
  Color,
  EdgesGeometry,
  GridHelper,
  Float32BufferAttribute,
  Group,
  LineBasicMaterial,
  LineSegments,
  PerspectiveCamera,
  Plane,
  Points,
  PointsMaterial,
  Raycaster,
  Scene,
  Vector2,
  Vector3,
  WebGLRenderer,
} from "three";
import { OrbitControls } from "three/addons/controls/OrbitControls.js";
import { copier } from "./copying.js";
import { Rows } from "./rows.js";
import { equip } from "./tools.js";

const PARTS = ["x", "y", "z", "length", "width", "height"];
const STEP = 0.1;
const TURN = 5;
const section = document.querySelector("[data-cloud]");
const canvas = section.querySelector("canvas");

const number = (text) => (/^[-+\u2212]?\d{1,9}(?:[.,]\d{1,6})?$/.test(text) ? Number(text.replace(",", ".").replace("\u2212", "-")) : null);
const text = (value) => String(Math.round(value * 1000) / 1000);

async function start() {
  const answer = await fetch(section.dataset.cloud);
  if (!answer.ok) return;
  const places = new Float32Array(await answer.arrayBuffer());
  canvas.hidden = false;
  const renderer = new WebGLRenderer({ canvas, antialias: true });
  renderer.setPixelRatio(Math.min(devicePixelRatio, 2));
  const scene = new Scene();
  scene.background = new Color(0x101418);
  const camera = new PerspectiveCamera(50, 1, 0.1, 5000);
  camera.up.set(0, 0, 1);
  const geometry = new BufferGeometry().setAttribute("position", new Float32BufferAttribute(places, 3));
  geometry.computeBoundingSphere();
  const { center, radius } = geometry.boundingSphere;
  scene.add(new Points(geometry, new PointsMaterial({ color: 0xbfd4e6, size: 2, sizeAttenuation: false })));
  const boxes = new Group();
  scene.add(boxes);
  // A line for every metre, up to as many as the eye can tell apart.
  const across = Math.min(Math.max(Math.ceil(radius * 2), 4), 200);
  const ground = new GridHelper(across, across, 0x6a7a86, 0x2c353c);
  ground.rotation.x = Math.PI / 2;
  scene.add(ground, new AxesHelper(1));
  const controls = new OrbitControls(camera, canvas);
  controls.target.copy(center);
  camera.position.copy(center).add(new Vector3(0, -radius, radius).multiplyScalar(1.4));
  controls.update();
  const draw = () => renderer.render(scene, camera);
  controls.addEventListener("change", draw);
  const fit = () => {
    const { clientWidth, clientHeight } = canvas;
    renderer.setSize(clientWidth, clientHeight, false);
    camera.aspect = clientWidth / clientHeight;
    camera.updateProjectionMatrix();
    draw();
  };

  let chosen = null;
  const show = () => {
    boxes.clear();
    for (const row of rows.filled) {
      const [x, y, z, length, width, height] = PARTS.map((name) => number(rows.value(row, name)));
      if ([x, y, z, length, width, height].includes(null)) continue;
      const edges = new EdgesGeometry(new BoxGeometry(length, width, height));
      const box = new LineSegments(edges, new LineBasicMaterial({ color: row === chosen ? 0xffd400 : 0x4cc2ff }));
      box.position.set(x, y, z);
      box.rotation.z = ((number(rows.value(row, "yaw")) ?? 0) * Math.PI) / 180;
      boxes.add(box);
    }
    draw();
  };
  const rows = new Rows(PARTS, show);
  const nudge = (name, by) => () => {
    if (chosen && !rows.isBlank(chosen)) rows.put(chosen, { [name]: text((number(rows.value(chosen, name)) ?? 0) + by) });
  };
  const { brush } = equip(section.querySelector("[data-tools]"), {
    undo: () => rows.undo(),
    redo: () => rows.redo(),
    ...copier(rows),
    remove: () => chosen && rows.clear(chosen),
    next: () => {
      const { filled } = rows;
      chosen = filled[(filled.indexOf(chosen) + 1) % filled.length] ?? null;
      show();
    },
    add: () => put(controls.target),
    left: nudge("x", -STEP),
    right: nudge("x", STEP),
    up: nudge("y", STEP),
    down: nudge("y", -STEP),
    raise: nudge("z", STEP),
    lower: nudge("z", -STEP),
    "turn-left": nudge("yaw", TURN),
    "turn-right": nudge("yaw", -TURN),
    top: () => {
      camera.position.copy(center).add(new Vector3(0, -0.01, radius * 2));
      controls.target.copy(center);
      controls.update();
    },
  });
  // A new one is as large as the last: most things of a scene are of a few sizes.
  const put = ({ x, y, z }) => {
    const last = rows.filled.at(-1);
    const size = ["length", "width", "height"].map((name) => (last && rows.value(last, name)) || { length: "4", width: "2", height: "1.6" }[name]);
    chosen = rows.free();
    const [length, width, height] = size;
    rows.put(chosen, { label: brush(), x: text(x), y: text(y), z: text(z), length, width, height, yaw: (last && rows.value(last, "yaw")) || "0" });
  };
  const ray = new Raycaster();
  ray.params.Points.threshold = radius / 200;
  canvas.addEventListener("dblclick", (event) => {
    const { left, top, width, height } = canvas.getBoundingClientRect();
    ray.setFromCamera(new Vector2(((event.clientX - left) / width) * 2 - 1, 1 - ((event.clientY - top) / height) * 2), camera);
    const [hit] = ray.intersectObject(scene.children[0]);
    const at = hit?.point ?? ray.ray.intersectPlane(new Plane(new Vector3(0, 0, 1), -center.z), new Vector3());
    if (at) put(at);
  });
  new ResizeObserver(fit).observe(canvas);
  section.classList.add("ready");
  document.querySelector("[data-plain]").hidden = true;
  show();
}

start();
