// Words of a text, marked by selecting them with a finger, a mouse or the keyboard.
import { createTextAnnotator } from "@recogito/text-annotator";
import "@recogito/text-annotator/text-annotator.css";
import { copier } from "./copying.js";
import { Rows } from "./rows.js";
import { equip } from "./tools.js";

const section = document.querySelector("[data-marks]");
const text = section.querySelector("[data-text]");
// What the server looks for words in: every blank is a plain space, so that places stay what they are.
const flat = (string) => string.replace(/\s/gu, " ");
const whole = text.textContent;
const plain = flat(whole);
const TONES = ["#e6b800", "#4c9be8", "#e8704c", "#5cb85c", "#b07cd8", "#d86aa0", "#43b3ae", "#9c8a5b"];

text.hidden = false;
section.querySelector("[data-plain]").hidden = true;

const annotator = createTextAnnotator(text, { renderer: "CSS_HIGHLIGHTS" in window ? "CSS_HIGHLIGHTS" : "SPANS" });
const classes = [...section.querySelectorAll("[data-brush]")].map((one) => one.value);
annotator.setStyle((annotation) => {
  const row = owner(annotation.id);
  const tone = TONES[Math.max(classes.indexOf(row ? rows.label(row) : ""), 0) % TONES.length];
  return { fill: tone, fillOpacity: 0.35, underlineStyle: "solid", underlineColor: tone, underlineThickness: 2 };
});

// Places of words, as many as they stand in the text.
const places = (words) => {
  const found = [];
  for (let at = plain.indexOf(words); words && at >= 0; at = plain.indexOf(words, at + 1)) found.push(at);
  return found;
};
const owner = (id) => rows.all.find((row) => row.dataset.mark === id);
const show = () => {
  const marks = rows.filled.flatMap((row) => {
    const words = flat(rows.field(row, "words").value);
    const start = places(words)[Number(rows.value(row, "nth") || 1) - 1];
    if (start === undefined) return [];
    row.dataset.mark ??= crypto.randomUUID();
    const end = start + words.length;
    const selector = [{ quote: whole.slice(start, end), start, end }];
    return [{ id: row.dataset.mark, bodies: [], target: { annotation: row.dataset.mark, selector } }];
  });
  annotator.setAnnotations(marks, true);
};
const rows = new Rows(["words"], show);
const mark = (start, end, id) => {
  const words = whole.slice(start, end);
  const nth = places(flat(words)).indexOf(start) + 1;
  const row = (id && owner(id)) || rows.free();
  if (id) row.dataset.mark = id;
  rows.put(row, { label: brush(), words, nth: nth > 1 ? String(nth) : "" });
};

const { brush } = equip(section.querySelector("[data-tools]"), {
  undo: () => rows.undo(),
  redo: () => rows.redo(),
  ...copier(rows),
  remove: () => annotator.getSelected().forEach(({ id }) => owner(id) && rows.clear(owner(id))),
  // For whoever has no pointer: the arrows go from word to word, with Shift they take words in, Enter marks them.
  left: () => step(-1, false),
  right: () => step(1, false),
  "more-left": () => step(-1, true),
  "more-right": () => step(1, true),
  mark: () => {
    if (!taken) return;
    const [first, last] = [Math.min(...taken), Math.max(...taken)];
    mark(words[first][0], words[last][1]);
    taken = null;
    getSelection().removeAllRanges();
  },
});

// A script without blanks between words goes from letter to letter where the browser knows no words.
const segments = () =>
  [...new Intl.Segmenter(document.documentElement.lang, { granularity: "word" }).segment(whole)]
    .filter(({ isWordLike }) => isWordLike)
    .map(({ index, segment }) => [index, index + segment.length]);
const words = "Segmenter" in Intl ? segments() : [...whole.matchAll(/\S+/gu)].map(({ 0: word, index }) => [index, index + word.length]);
let taken = null;
const step = (by, isMore) => {
  if (!words.length) return;
  const at = taken ? Math.min(Math.max(taken[1] + by, 0), words.length - 1) : by > 0 ? 0 : words.length - 1;
  taken = [isMore && taken ? taken[0] : at, at];
  const [first, last] = [Math.min(...taken), Math.max(...taken)];
  const selection = getSelection();
  selection.removeAllRanges();
  selection.addRange(range(words[first][0], words[last][1]));
};
const range = (start, end) => {
  const made = document.createRange();
  const walk = document.createTreeWalker(text, NodeFilter.SHOW_TEXT);
  let before = 0;
  for (let node = walk.nextNode(); node; before += node.length, node = walk.nextNode()) {
    if (start >= before && start <= before + node.length) made.setStart(node, start - before);
    if (end >= before && end <= before + node.length) {
      made.setEnd(node, end - before);
      break;
    }
  }
  return made;
};

annotator.on("createAnnotation", (made) => {
  const [{ start, end }] = made.target.selector;
  mark(start, end, made.id);
});
annotator.on("updateAnnotation", (changed) => {
  const row = owner(changed.id);
  const [{ start, end }] = changed.target.selector;
  const quoted = whole.slice(start, end);
  if (row && quoted !== rows.field(row, "words").value) mark(start, end, changed.id);
});
show();
