// Builds what the browser loads: `npm run build` (or `npm run watch` while working on it).
//
//   src/palabre/web/assets/*.js, *.css   one bundle each, minified, with a source map
//   src/palabre/web/assets/icons.txt     names of Lucide icons, one a line → one sprite, icons.svg
//   src/palabre/web/assets/static/**     copied (fonts, pictures)
//
// Everything lands in src/palabre/web/static/built/ under a name that carries a hash of its content, so that
// browsers may keep it for ever. manifest.json maps logical names to those names. A file is written only when
// its content changed, files nobody names any more are removed, and manifest.json comes last: a server that
// reads it while this runs finds everything it names.

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, watch, writeFileSync } from "node:fs";
import { basename, dirname, extname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const assets = join(root, "src/palabre/web/assets");
const built = join(root, "src/palabre/web/static/built");
const watching = process.argv.includes("--watch");

/** Files that browsers look for under one fixed name; the manifest names them as they are. */
const UNHASHED = new Set(["sw.js"]);

/** The name under which `content` is served: `app.js` → `app-1a2b3c4d5e.js`. */
function hashedName(name, content) {
  if (UNHASHED.has(name)) return name;
  const hash = createHash("sha256").update(content).digest("hex").slice(0, 10);
  const extension = extname(name);
  return `${name.slice(0, name.length - extension.length)}-${hash}${extension}`;
}

/** Bundles every script and style sheet that lies directly in the assets folder: logical name → content. */
async function bundles() {
  const entryPoints = readdirSync(assets)
    .filter((name) => [".js", ".css"].includes(extname(name)))
    .sort()
    .map((name) => join(assets, name));
  const result = new Map();
  if (!entryPoints.length) return result;
  const { outputFiles } = await esbuild.build({
    absWorkingDir: root,
    entryPoints,
    outdir: built,
    bundle: true,
    minify: true,
    format: "esm",
    target: ["es2022", "chrome109", "firefox115", "safari16"], // Tor Browser follows Firefox's long-term releases
    legalComments: "inline",
    loader: { ".svg": "file", ".png": "file", ".woff2": "file" },
    assetNames: "[name]-[hash]",
    external: ["/static/*", "/media/*"],
    logLevel: "warning",
    write: false,
  });
  for (const file of outputFiles) result.set(basename(file.path), Buffer.from(file.contents));
  return result;
}

/** Makes one SVG of all icons in icons.txt, each a <symbol> to `<use href="…#name">`; `null` without a list. */
function sprite() {
  const list = join(assets, "icons.txt");
  if (!existsSync(list)) return null;
  const names = readFileSync(list, "utf8").split("\n").map((line) => line.replace(/#.*/, "").trim()).filter(Boolean);
  const symbols = [...new Set(names)].sort().map((name) => {
    const path = join(root, "node_modules/lucide-static/icons", `${name}.svg`);
    if (!/^[a-z0-9-]+$/.test(name) || !existsSync(path)) throw new Error(`icons.txt: Lucide has no icon named ${name}`);
    const body = /<svg[^>]*>([\s\S]*)<\/svg>/.exec(readFileSync(path, "utf8"))[1].replace(/\s*\n\s*/g, "");
    return `<symbol id="${name}" viewBox="0 0 24 24">${body}</symbol>`;
  });
  const licence = "<!-- Lucide, ISC licence; parts from Feather, MIT licence -->";
  return `<svg xmlns="http://www.w3.org/2000/svg">${licence}${symbols.join("")}</svg>\n`;
}

/** Lists the files below `folder`, as paths relative to it. */
function filesBelow(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true }).filter((name) => statSync(join(folder, name)).isFile());
}

function writeIfChanged(path, content) {
  if (existsSync(path) && readFileSync(path).equals(Buffer.from(content))) return;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.part`, content);
  renameSync(`${path}.part`, path);
}

async function build() {
  const contents = existsSync(assets) ? await bundles() : new Map();
  const icons = sprite();
  if (icons !== null) contents.set("icons.svg", icons);
  for (const name of filesBelow(join(assets, "static"))) contents.set(name, readFileSync(join(assets, "static", name)));

  const manifest = {};
  for (const [name, content] of [...contents].sort()) {
    manifest[name] = hashedName(name, content);
    writeIfChanged(join(built, manifest[name]), content);
  }
  writeIfChanged(join(built, "manifest.json"), `${JSON.stringify(manifest, null, 1)}\n`);
  const wanted = new Set([...Object.values(manifest), "manifest.json"]);
  for (const name of filesBelow(built)) if (!wanted.has(name)) rmSync(join(built, name));
  const size = [...contents.values()].reduce((total, content) => total + Buffer.byteLength(content), 0);
  console.log(`${contents.size} files, ${Math.round(size / 1024)} KB in ${relative(root, built)}`);
}

await build();
if (watching) {
  let waiting = null;
  watch(assets, { recursive: true }, () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => build().catch((error) => console.error(error.message)), 50);
  });
}
