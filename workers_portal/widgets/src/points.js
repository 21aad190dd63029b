// Points set on the picture by a press, moved by dragging.
import { copier } from "./copying.js";
import { labels } from "./labels.js";
import { Rows } from "./rows.js";
import { equip, zoomer } from "./tools.js";

const SPACE = "http://www.w3.org/2000/svg";
const WHOLE = /^\d+$/;
const figure = document.querySelector("[data-draws]");
const stage = figure.querySelector(".stage");
const words = stage.querySelector("svg");
const drawn = words.cloneNode(false);
words.before(drawn);
const { width, height } = drawn.viewBox.baseVal;
const letter = Number(drawn.getAttribute("font-size"));
let held = null;
let chosen = null;

const place = (event) => {
  const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(drawn.getScreenCTM().inverse());
  return { x: Math.min(Math.max(Math.round(point.x), 0), width), y: Math.min(Math.max(Math.round(point.y), 0), height) };
};
const show = () => {
  const marks = rows.filled.flatMap((row) => {
    const [x, y] = ["x", "y"].map((name) => rows.value(row, name));
    return WHOLE.test(x) && WHOLE.test(y) ? [{ row, x: Number(x), y: Number(y) }] : [];
  });
  drawn.replaceChildren(
    ...marks.map(({ row, x, y }) => {
      const dot = document.createElementNS(SPACE, "circle");
      for (const [name, value] of Object.entries({ cx: x, cy: y, r: letter / 2 })) dot.setAttribute(name, value);
      dot.classList.toggle("chosen", row === chosen);
      dot.row = row;
      return dot;
    }),
  );
  labels(words, marks.map(({ row, x, y }) => ({ x: x + letter / 2, y, words: `${rows.number(row)} ${rows.label(row)}` })));
};
const rows = new Rows(["x", "y"], show);
let drawing = true;
const { brush } = equip(figure.querySelector("[data-tools]"), {
  undo: () => rows.undo(),
  redo: () => rows.redo(),
  ...copier(rows),
  remove: () => chosen && rows.clear(chosen),
  move: (button) => {
    drawing = !drawing;
    button.setAttribute("aria-pressed", String(!drawing));
    stage.classList.toggle("moving", !drawing);
  },
  ...zoomer(stage),
});

drawn.addEventListener("pointerdown", (event) => {
  if (!drawing && !event.target.row) return;
  event.preventDefault();
  event.target.setPointerCapture(event.pointerId);
  held = { row: event.target.row ?? null };
});
drawn.addEventListener("pointermove", (event) => {
  if (!held?.row) return;
  const { x, y } = place(event);
  event.target.setAttribute("cx", x);
  event.target.setAttribute("cy", y);
});
drawn.addEventListener("pointercancel", () => {
  held = null;
  show();
});
drawn.addEventListener("pointerup", (event) => {
  if (!held) return;
  const { row } = held;
  held = null;
  chosen = row ?? rows.free();
  rows.put(chosen, row ? place(event) : { ...place(event), label: brush() });
});
drawn.classList.add("ready");
stage.classList.add("ready");
show();
