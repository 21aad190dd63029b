// The rows of the form under a widget: the widget fills them in, and shows what stands in them. Nothing else is sent.

const numbered = (name, number) => name.replace(/\d+\.(\w+)$/, `${number}.$1`);

export class Rows {
  // `parts` are the names of the fields that make a row a mark; `onChange` is called when anything in a row changed.
  constructor(parts, onChange) {
    this.root = document.getElementById("rows");
    this.parts = parts;
    this.onChange = onChange;
    this.past = [];
    this.future = [];
    this.trim();
    this.kept = this.snapshot();
    this.root.addEventListener("input", () => this.changed());
    this.root.addEventListener("click", (event) => {
      const row = event.target.closest("[data-clear]") && event.target.closest("[data-row]");
      if (row) this.clear(row);
    });
    for (const button of this.root.querySelectorAll("[data-clear]")) button.hidden = false;
    this.root.querySelector("[data-more]")?.remove();
  }

  get all() {
    return [...this.root.querySelectorAll("[data-row]")];
  }

  get filled() {
    return this.all.filter((row) => !this.isBlank(row));
  }

  field(row, name) {
    return row.querySelector(`[data-field="${name}"]`);
  }

  value(row, name) {
    return this.field(row, name).value.trim();
  }

  label(row) {
    return this.field(row, "label").value;
  }

  isBlank(row) {
    return this.parts.every((name) => this.value(row, name) === "");
  }

  number(row) {
    return this.all.indexOf(row) + 1;
  }

  // One empty row at the end is enough, and nobody has to ask for more.
  trim() {
    this.all.filter((row) => this.isBlank(row)).slice(1).forEach((row) => row.remove());
    this.free();
  }

  // The first empty row, made where there is none.
  free() {
    return this.all.find((row) => this.isBlank(row)) ?? this.append();
  }

  append() {
    const last = this.all.at(-1);
    const number = this.all.length;
    const copy = last.cloneNode(true);
    delete copy.dataset.mark;
    for (const note of copy.querySelectorAll(".error")) note.remove();
    for (const input of copy.querySelectorAll("input, select, textarea")) {
      input.name = numbered(input.name, number);
      input.id = input.name;
      input.removeAttribute("aria-invalid");
      input.removeAttribute("aria-describedby");
      input.value = input.dataset.field === "label" ? this.label(last) : "";
    }
    for (const label of copy.querySelectorAll("label")) label.htmlFor = numbered(label.htmlFor, number);
    copy.querySelector("[data-number]").textContent = number + 1;
    last.after(copy);
    return copy;
  }

  // Put values into the fields of a row.
  put(row, values) {
    for (const [name, value] of Object.entries(values)) this.field(row, name).value = value;
    this.changed();
  }

  clear(row) {
    for (const input of row.querySelectorAll("input, textarea")) input.value = "";
    this.field(row, "label").focus();
    this.changed();
  }

  snapshot() {
    return this.all.map((row) => [...row.querySelectorAll("[data-field]")].map((input) => input.value));
  }

  changed() {
    this.free();
    const now = this.snapshot();
    if (JSON.stringify(now) !== JSON.stringify(this.kept)) {
      this.past.push(this.kept);
      this.future = [];
      this.kept = now;
    }
    this.onChange();
  }

  restore(from, to) {
    const values = from.pop();
    if (!values) return;
    to.push(this.kept);
    while (this.all.length < values.length) this.append();
    this.all.forEach((row, number) => {
      [...row.querySelectorAll("[data-field]")].forEach((input, place) => {
        const fallback = input.dataset.field === "label" ? input.value : "";
        input.value = values[number]?.[place] ?? fallback;
      });
    });
    this.kept = this.snapshot();
    this.onChange();
  }

  undo() {
    this.restore(this.past, this.future);
  }

  redo() {
    this.restore(this.future, this.past);
  }
}
