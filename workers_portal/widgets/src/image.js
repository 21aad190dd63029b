// Boxes and outlines drawn on the picture.
import { createImageAnnotator, ShapeType } from "@annotorious/annotorious";
import "@annotorious/annotorious/annotorious.css";
import { copier } from "./copying.js";
import { labels } from "./labels.js";
import { Rows } from "./rows.js";
import { equip, zoomer } from "./tools.js";

const WHOLE = /^\d+$/;
const CORNER = /(\d+)\s*[,;]\s*(\d+)/g;

const BOXES = {
  tool: "rectangle",
  parts: ["x", "y", "width", "height"],
  read(values) {
    if (!values.every((value) => WHOLE.test(value))) return null;
    const [x, y, w, h] = values.map(Number);
    return { type: ShapeType.RECTANGLE, geometry: { x, y, w, h, bounds: { minX: x, minY: y, maxX: x + w, maxY: y + h } } };
  },
  write({ geometry }, [width, height]) {
    const { x, y, w, h } = geometry;
    const [left, right] = [clamp(x, width), clamp(x + w, width)];
    const [top, bottom] = [clamp(y, height), clamp(y + h, height)];
    return { x: left, y: top, width: right - left, height: bottom - top };
  },
};

const POLYGONS = {
  tool: "polygon",
  parts: ["points"],
  read([text]) {
    const points = [...text.matchAll(CORNER)].map((found) => [Number(found[1]), Number(found[2])]);
    if (points.length < 3) return null;
    const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
    const bounds = { minX: Math.min(...xs), minY: Math.min(...ys), maxX: Math.max(...xs), maxY: Math.max(...ys) };
    return { type: ShapeType.POLYGON, geometry: { points, bounds } };
  },
  write({ geometry }, [width, height]) {
    const corners = geometry.points.map(([x, y]) => `${clamp(x, width)},${clamp(y, height)}`);
    return { points: corners.filter((one, place) => one !== corners[place - 1]).join(" ") };
  },
};

const clamp = (value, most) => Math.min(Math.max(Math.round(value), 0), most);

const figure = document.querySelector("[data-draws]");
const shape = figure.dataset.draws === "boxes" ? BOXES : POLYGONS;
const stage = figure.querySelector(".stage");
const picture = stage.querySelector("img");
const over = stage.querySelector("svg");
const size = [over.viewBox.baseVal.width, over.viewBox.baseVal.height];

const annotator = createImageAnnotator(picture, { drawingEnabled: true, drawingMode: shape === BOXES ? "drag" : "click" });
annotator.setDrawingTool(shape.tool);

// The rows say what is there: after each change the picture shows them anew.
const show = () => {
  const marks = rows.filled.flatMap((row) => {
    const selector = shape.read(shape.parts.map((name) => rows.value(row, name)));
    if (!selector) return [];
    row.dataset.mark ??= crypto.randomUUID();
    return [{ id: row.dataset.mark, bodies: [], target: { annotation: row.dataset.mark, selector } }];
  });
  const chosen = annotator.getSelected().map(({ id }) => id);
  annotator.setAnnotations(marks, true);
  labels(
    over,
    marks.map(({ id, target }) => {
      const row = owner(id);
      const { minX, minY } = target.selector.geometry.bounds;
      return { x: minX, y: minY, words: `${rows.number(row)} ${rows.label(row)}` };
    }),
  );
  if (chosen.length && marks.some(({ id }) => chosen.includes(id))) annotator.setSelected(chosen);
};
const owner = (id) => rows.all.find((row) => row.dataset.mark === id);
const rows = new Rows(shape.parts, show);

let drawing = true;
const { brush } = equip(figure.querySelector("[data-tools]"), {
  undo: () => rows.undo(),
  redo: () => rows.redo(),
  ...copier(rows),
  remove: () => annotator.getSelected().forEach(({ id }) => remove(id)),
  move: (button) => {
    drawing = !drawing;
    annotator.setDrawingEnabled(drawing);
    button.setAttribute("aria-pressed", String(!drawing));
    stage.classList.toggle("moving", !drawing);
  },
  ...zoomer(stage),
});
const remove = (id) => {
  const row = owner(id);
  if (!row) return;
  annotator.cancelSelected();
  rows.clear(row);
};

annotator.on("createAnnotation", (made) => {
  // Left selected, the next stroke would only let go of this one.
  annotator.cancelSelected();
  const values = shape.write(made.target.selector, size);
  const isSpeck = shape === BOXES && (values.width < 3 || values.height < 3);
  if (isSpeck) return show();
  const row = rows.free();
  row.dataset.mark = made.id;
  rows.put(row, { ...values, label: brush() });
});
annotator.on("updateAnnotation", (changed) => {
  const row = owner(changed.id);
  if (row) rows.put(row, shape.write(changed.target.selector, size));
});
annotator.on("deleteAnnotation", ({ id }) => remove(id));
stage.classList.add("ready");
show();
