// The bar of tools over a widget, which the page carries hidden: buttons, the chosen class, shortcuts and their list.

const KEPT = "shortcuts";

const PRESSED = "button, a, summary, input";
const inText = (element) => element.matches("input:not([type=radio], [type=checkbox]), textarea, select");

// `actions` are functions by the name of a tool ("undo", "zoom-in"): their buttons are shown, their keys listened to.
export function equip(bar, actions) {
  bar.hidden = false;
  const keys = new Map();
  for (const button of bar.querySelectorAll("[data-tool]")) {
    const act = actions[button.dataset.tool];
    button.hidden = !act;
    if (!act) continue;
    button.addEventListener("click", () => act(button));
    for (const key of (button.dataset.keys ?? "").split(" ").filter(Boolean)) keys.set(key, () => act(button));
  }
  const brushes = [...bar.querySelectorAll("[data-brush]")];
  const list = bar.querySelector("dialog");
  for (const line of list.querySelectorAll("[data-for]")) line.hidden = !(line.dataset.for in actions);
  keys.set("?", () => (list.open ? list.close() : list.showModal()));
  bar.querySelector("[data-help]").addEventListener("click", () => list.showModal());
  list.querySelector("[data-close]").addEventListener("click", () => list.close());
  const isOn = bar.querySelector("[data-shortcuts]");
  isOn.checked = localStorage.getItem(KEPT) !== "off";
  isOn.addEventListener("change", () => localStorage.setItem(KEPT, isOn.checked ? "on" : "off"));
  document.addEventListener("keydown", (event) => {
    if (!isOn.checked || event.ctrlKey || event.metaKey || event.altKey || inText(event.target)) return;
    if (event.key === "Enter" && event.target.matches(PRESSED)) return;
    const brush = brushes[Number(event.key) - 1];
    if (brush) brush.checked = true;
    else if (!keys.has(event.key)) return;
    else keys.get(event.key)();
    event.preventDefault();
  });
  return { brush: () => brushes.find((one) => one.checked)?.value };
}

const ZOOMS = 5;

// Makes what is in a scrolling frame larger and smaller by the classes of the stylesheet.
export function zoomer(stage) {
  let step = 0;
  const go = (by) => {
    step = Math.min(Math.max(step + by, 0), ZOOMS);
    stage.dataset.zoom = step;
  };
  return { "zoom-in": () => go(1), "zoom-out": () => go(-1) };
}
