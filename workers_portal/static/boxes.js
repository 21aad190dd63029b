// Dragging on the picture fills the next empty row of its form; everything here can be typed instead.
"use strict";
for (const figure of document.querySelectorAll("[data-boxes]")) {
  const svg = figure.querySelector("svg");
  const rows = document.getElementById(figure.dataset.boxes);
  const parts = ["x", "y", "width", "height"];
  const namespace = "http://www.w3.org/2000/svg";
  const letter = Number(svg.getAttribute("font-size"));
  const all = () => [...rows.querySelectorAll("[data-row]")];
  const field = (row, name) => row.querySelector(`[data-field="${name}"]`);
  const isBlank = (row) => parts.every((name) => field(row, name).value === "");
  let start = null;
  let rubber = null;

  const element = (name, values) => {
    const made = document.createElementNS(namespace, name);
    for (const [key, value] of Object.entries(values)) made.setAttribute(key, value);
    svg.append(made);
    return made;
  };
  const place = (event) => {
    const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
    const { width, height } = svg.viewBox.baseVal;
    return [Math.round(Math.min(Math.max(point.x, 0), width)), Math.round(Math.min(Math.max(point.y, 0), height))];
  };
  const stretch = ([x, y], [u, v]) => {
    const values = { x: Math.min(x, u), y: Math.min(y, v), width: Math.abs(u - x), height: Math.abs(v - y) };
    for (const [name, value] of Object.entries(values)) rubber.setAttribute(name, value);
    return values;
  };
  const redraw = () => {
    svg.replaceChildren();
    all().forEach((row, index) => {
      const [x, y, width, height] = parts.map((name) => field(row, name).value.trim());
      if (![x, y, width, height].every((value) => /^\d+$/.test(value))) return;
      element("rect", { x, y, width, height });
      const words = element("text", { x: Number(x) + 2, y: Math.max(Number(y) - 3, letter) });
      words.textContent = `${index + 1} ${field(row, "label").value}`;
    });
  };
  const emptyRow = () => {
    const free = all().find(isBlank);
    if (free) return free;
    const number = all().length;
    const last = all()[number - 1];
    const copy = last.cloneNode(true);
    for (const note of copy.querySelectorAll(".error")) note.remove();
    for (const input of copy.querySelectorAll("input, select")) {
      input.name = input.name.replace(/\d+\.(\w+)$/, `${number}.$1`);
      input.id = input.name;
      input.removeAttribute("aria-invalid");
      input.removeAttribute("aria-describedby");
      input.value = input.dataset.field === "label" ? field(last, "label").value : "";
    }
    for (const label of copy.querySelectorAll("label")) label.htmlFor = label.htmlFor.replace(/\d+\.(\w+)$/, `${number}.$1`);
    copy.querySelector("[data-number]").textContent = number + 1;
    last.after(copy);
    return copy;
  };
  const refresh = () => {
    emptyRow();
    redraw();
  };

  svg.addEventListener("pointerdown", (event) => {
    start = place(event);
    rubber = element("rect", { class: "rubber" });
    svg.setPointerCapture(event.pointerId);
    event.preventDefault();
  });
  svg.addEventListener("pointermove", (event) => {
    if (start) stretch(start, place(event));
  });
  svg.addEventListener("pointercancel", () => {
    start = null;
    redraw();
  });
  svg.addEventListener("pointerup", (event) => {
    if (!start) return;
    const values = stretch(start, place(event));
    start = null;
    if (values.width > 2 && values.height > 2) {
      const row = emptyRow();
      for (const [name, value] of Object.entries(values)) field(row, name).value = value;
      field(row, "label").value = figure.querySelector("[data-brush]:checked").value;
    }
    refresh();
  });
  rows.addEventListener("input", refresh);
  rows.addEventListener("click", (event) => {
    const row = event.target.matches("[data-clear]") && event.target.closest("[data-row]");
    if (!row) return;
    for (const name of parts) field(row, name).value = "";
    field(row, "label").focus();
    redraw();
  });

  // Rows come as they are needed: one empty row at the end is enough, and nobody has to ask for more.
  all().filter(isBlank).slice(1).forEach((row) => row.remove());
  for (const button of rows.querySelectorAll("[data-clear]")) button.hidden = false;
  rows.querySelector("[data-more]").remove();
  figure.querySelector("[data-brushes]").hidden = false;
  svg.classList.add("ready");
  refresh();
}
