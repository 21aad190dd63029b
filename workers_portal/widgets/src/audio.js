// Segments of a sound on its wave: dragged with a pointer, or begun and ended by keys while it plays.
import WaveSurfer from "wavesurfer.js";
import Regions from "wavesurfer.js/plugins/regions";
import { Rows } from "./rows.js";
import { equip } from "./tools.js";

const TIME = /^(?:(\d{1,4}):)?(\d{1,5})(?:[.,](\d{1,3}))?$/;
const SHORTEST = 0.02;
const JUMP = 2;
const section = document.querySelector("[data-wave]");
const media = section.querySelector("audio");
const length = Number(section.dataset.milliseconds) / 1000;
// Without peaks the whole sound is fetched and decoded; whoever saves data keeps a plain line, and hears it all the same.
const saves = "lowData" in document.documentElement.dataset;
const LENGTH_BYTES = 4;

const regions = Regions.create();
const wave = WaveSurfer.create({
  container: section.querySelector("[data-line]"),
  media,
  height: 96,
  duration: length,
  peaks: [[0, 0]],
  waveColor: getComputedStyle(section).getPropertyValue("--muted").trim() || "gray",
  progressColor: getComputedStyle(section).getPropertyValue("--accent").trim() || "navy",
  cursorWidth: 2,
  cspNonce: section.dataset.nonce,
  plugins: [regions],
});

const seconds = (text) => {
  const found = TIME.exec(text);
  return found ? Number(found[1] ?? 0) * 60 + Number(found[2]) + Number(`0.${found[3] ?? 0}`) : null;
};
const text = (time) => {
  const milliseconds = Math.round(Math.min(Math.max(time, 0), length) * 1000);
  const [minutes, rest] = [Math.floor(milliseconds / 60000), milliseconds % 60000];
  const whole = String(Math.floor(rest / 1000)).padStart(minutes ? 2 : 1, "0");
  const part = String(rest % 1000).padStart(3, "0").replace(/0+$/, "");
  return `${minutes ? `${minutes}:` : ""}${whole}${part ? `.${part}` : ""}`;
};
let isShowing = false;
const show = () => {
  if (!wave.getDuration()) return;
  isShowing = true;
  regions.clearRegions();
  for (const row of rows.filled) {
    const [start, end] = ["start", "end"].map((name) => seconds(rows.value(row, name)));
    if (start === null || end === null || end <= start) continue;
    row.dataset.mark ??= crypto.randomUUID();
    const content = document.createElement("span");
    content.textContent = `${rows.number(row)} ${rows.label(row)}`;
    const region = regions.addRegion({ id: row.dataset.mark, start, end, content, minLength: SHORTEST });
    region.element?.setAttribute("part", "region");
  }
  isShowing = false;
};
const parts = section.dataset.wave === "spoken_segments" ? ["start", "end", "transcript"] : ["start", "end"];
const rows = new Rows(parts, show);
const owner = (id) => rows.all.find((row) => row.dataset.mark === id);
const write = (row, { start, end }, more = {}) => rows.put(row, { start: text(start), end: text(end), ...more });

let begun = null;
let chosen = null;
const { brush } = equip(section.querySelector("[data-tools]"), {
  undo: () => rows.undo(),
  redo: () => rows.redo(),
  remove: () => chosen && owner(chosen) && rows.clear(owner(chosen)),
  play: () => wave.playPause(),
  back: () => wave.setTime(Math.max(wave.getCurrentTime() - JUMP, 0)),
  forward: () => wave.setTime(Math.min(wave.getCurrentTime() + JUMP, length)),
  begin: (button) => {
    begun = wave.getCurrentTime();
    button.setAttribute("aria-pressed", "true");
  },
  end: () => {
    if (begun === null) return;
    const [start, end] = [begun, wave.getCurrentTime()];
    begun = null;
    section.querySelector("[data-tool=begin]").setAttribute("aria-pressed", "false");
    if (end - start >= SHORTEST) write(rows.free(), { start, end }, { label: brush() });
  },
  "zoom-in": () => zoom(2),
  "zoom-out": () => zoom(0.5),
});
let factor = 1;
const zoom = (by) => {
  factor = Math.min(Math.max(factor * by, 1), 32);
  wave.zoom((factor * section.clientWidth) / length);
};

// The server's peaks: how many milliseconds they cover, then a byte for each stretch. It has none of some sounds.
const peaks = async () => {
  const answer = await fetch(section.dataset.peaks);
  if (answer.status !== 200) return null;
  const bytes = await answer.arrayBuffer();
  const covered = new DataView(bytes).getUint32(0, true) / 1000;
  return [[Float32Array.from(new Uint8Array(bytes, LENGTH_BYTES), (loud) => loud / 255)], covered];
};
const draw = (found) => {
  if (found) return wave.load(media.src, ...found);
  return saves ? null : wave.load(media.src, undefined, length);
};
// While the sound is loading the wave has no length: marks set then would be of no time.
const begin = () => {
  section.querySelector("[data-plain]").hidden = true;
  regions.enableDragSelection({});
};

wave.once("ready", () => {
  peaks().catch(() => null).then(draw).catch(() => wave.load(media.src, [[0, 0]], length)).then(begin);
});
wave.on("ready", show);
regions.on("region-created", (region) => {
  if (isShowing || owner(region.id)) return;
  const row = rows.free();
  row.dataset.mark = region.id;
  write(row, region, { label: brush() });
});
regions.on("region-updated", (region) => {
  const row = owner(region.id);
  if (row) write(row, region);
});
regions.on("region-clicked", (region, event) => {
  event.stopPropagation();
  chosen = region.id;
  region.play(true);
});
