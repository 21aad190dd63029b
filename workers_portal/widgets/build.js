// Bundles each widget into one file, and the licences of what is in them into another.
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { build } from "esbuild";

const out = "../static/widgets";
const made = await build({
  entryPoints: ["image", "points", "spans", "audio", "cuboids"].map((name) => `src/${name}.js`),
  outdir: out,
  alias: { "hotkeys-js": "./src/no_hotkeys.js" },
  bundle: true,
  minify: true,
  format: "iife",
  target: ["chrome90", "firefox90", "safari15"],
  legalComments: "none",
  metafile: true,
});
const packages = new Set(
  Object.keys(made.metafile.inputs).flatMap((path) => path.match(/^node_modules\/((?:@[^/]+\/)?[^/]+)/)?.[1] ?? []),
);
const licences = [...packages].sort().map((name) => {
  const folder = `node_modules/${name}`;
  const { version, license, author } = JSON.parse(readFileSync(`${folder}/package.json`));
  const file = readdirSync(folder).find((one) => /^licen[cs]e/i.test(one));
  const text = file ? readFileSync(`${folder}/${file}`, "utf8").trim() : `Copyright: ${author?.name ?? author ?? "its authors"}`;
  return `${name} ${version} (${license})\n\n${text}\n`;
});
writeFileSync(`${out}/LICENCES.txt`, licences.join(`\n${"-".repeat(72)}\n\n`));
