// Dragging on the picture fills the next empty row of its form; everything here can be typed instead.
"use strict";
for (const figure of document.querySelectorAll("[data-boxes]")) {
  const svg = figure.querySelector("svg");
  const rows = document.getElementById(figure.dataset.boxes);
  const field = (row, name) => row.querySelector(`[data-field="${name}"]`);
  const namespace = "http://www.w3.org/2000/svg";
  let start = null;
  let rubber = null;

  const place = (event) => {
    const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
    const { width, height } = svg.viewBox.baseVal;
    return [Math.round(Math.min(Math.max(point.x, 0), width)), Math.round(Math.min(Math.max(point.y, 0), height))];
  };
  const draw = (rect, [x, y], [u, v]) => {
    const values = { x: Math.min(x, u), y: Math.min(y, v), width: Math.abs(u - x), height: Math.abs(v - y) };
    for (const [name, value] of Object.entries(values)) rect.setAttribute(name, value);
    return values;
  };
  const redraw = () => {
    svg.replaceChildren();
    for (const row of rows.querySelectorAll("[data-row]")) {
      const label = field(row, "label").value;
      const values = ["x", "y", "width", "height"].map((name) => field(row, name).value);
      if (!label || values.some((value) => value === "")) continue;
      const rect = document.createElementNS(namespace, "rect");
      ["x", "y", "width", "height"].forEach((name, place) => rect.setAttribute(name, values[place]));
      svg.append(rect);
      const words = document.createElementNS(namespace, "text");
      words.setAttribute("x", Number(values[0]) + 2);
      words.setAttribute("y", Math.max(Number(values[1]) - 3, 9));
      words.textContent = label;
      svg.append(words);
    }
  };
  const emptyRow = () => {
    const all = [...rows.querySelectorAll("[data-row]")];
    const free = all.find((row) => field(row, "width").value === "");
    if (free) return free;
    const last = all[all.length - 1];
    const copy = last.cloneNode(true);
    const number = all.length;
    for (const input of copy.querySelectorAll("input, select")) {
      const name = input.name.replace(/\.\d+\.(\w+)$/, `.${number}.$1`);
      input.name = name;
      input.id = name;
      if (input.tagName === "INPUT") input.value = "";
    }
    for (const label of copy.querySelectorAll("label")) label.htmlFor = label.htmlFor.replace(/\.\d+\.(\w+)$/, `.${number}.$1`);
    for (const note of copy.querySelectorAll(".error")) note.remove();
    const legend = copy.querySelector("[data-number]");
    if (legend) legend.textContent = number + 1;
    last.after(copy);
    return copy;
  };

  svg.addEventListener("pointerdown", (event) => {
    start = place(event);
    rubber = document.createElementNS(namespace, "rect");
    rubber.setAttribute("class", "rubber");
    svg.append(rubber);
    svg.setPointerCapture(event.pointerId);
    event.preventDefault();
  });
  svg.addEventListener("pointermove", (event) => {
    if (start) draw(rubber, start, place(event));
  });
  svg.addEventListener("pointercancel", () => {
    start = null;
    redraw();
  });
  svg.addEventListener("pointerup", (event) => {
    if (!start) return;
    const values = draw(rubber, start, place(event));
    start = null;
    if (values.width > 2 && values.height > 2) {
      const row = emptyRow();
      for (const [name, value] of Object.entries(values)) field(row, name).value = value;
      const brush = figure.querySelector("[data-brush]:checked");
      if (brush) field(row, "label").value = brush.value;
    }
    redraw();
  });
  rows.addEventListener("input", redraw);
  figure.querySelector("[data-brushes]").hidden = false;
  svg.classList.add("ready");
}
