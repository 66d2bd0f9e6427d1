// `npm run playground`: the static site, in dist/playground or the folder of --out. --serve serves it locally for trying.
import { copyFile, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { builtinModules, createRequire } from "node:module";
import { dirname, extname, join, posix, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import { rolldown } from "rolldown";

const home = dirname(fileURLToPath(import.meta.url));
const root = join(home, "..");
const builtin = new Set(builtinModules);

/** Our modules have no side effects: parts that the page does not use are left out, and with them all of Node. */
const options = {
  checks: { eval: false, ineffectiveDynamicImport: false },
  external: (id) => id.startsWith("node:") || builtin.has(id) || id === "sharp",
  treeshake: {
    moduleSideEffects: [
      { test: /\/(grammar|compiler|editor|view|runtime)\/.*\.ts$/, sideEffects: false },
      { external: true, sideEffects: false },
    ],
  },
};

/** Writes the site into a folder. */
async function build(out) {
  await clear(out);
  const input = { page: "page/main.ts", language: "language/worker.ts", training: "training/worker.ts" };
  const bundle = await rolldown({
    ...options,
    input: Object.fromEntries(Object.entries(input).map(([name, file]) => [name, join(home, file)])),
    platform: "browser",
  });
  const { output } = await bundle.write({ dir: out, format: "esm", minify: true, chunkFileNames: "[name]-[hash].js" });
  for (const { fileName, code = "" } of output) {
    const [stray] = /\b(?:from|import\()\s*"(?:node:[^"]*|sharp)"/.exec(code) ?? [];
    if (stray !== undefined) throw new Error(`${fileName} would need Node: ${stray}`);
  }
  const wasm = dirname(createRequire(import.meta.url).resolve("@tensorflow/tfjs-backend-wasm"));
  for (const kind of ["", "-simd", "-threaded-simd"]) {
    const name = `tfjs-backend-wasm${kind}.wasm`;
    await copyFile(join(wasm, name), join(out, name));
  }
  await writeFile(join(out, "index.html"), await shell());
}

/** The files of a built site. */
const ours = /^(index\.html|(page|language|training|[\w.]+-[\w-]{8})\.js|tfjs-backend-wasm[\w-]*\.wasm)$/;

/** Removes the site built before; exits with 2 where the folder holds anything else. */
async function clear(out) {
  await mkdir(out, { recursive: true });
  const names = await readdir(out);
  const stranger = names.find((name) => !ours.test(name));
  if (stranger !== undefined) {
    process.stderr.write(
      `${out} holds ${stranger}, which is no part of a playground; name another folder with --out\n`,
    );
    process.exit(2);
  }
  for (const name of names) await rm(join(out, name));
}

/** The page's HTML file: its markup comes from TypeScript, which is bundled for this. */
async function shell() {
  const bundle = await rolldown({ ...options, input: join(home, "shell.ts"), platform: "node" });
  const { output } = await bundle.generate({ format: "esm" });
  const address = `data:text/javascript;base64,${Buffer.from(output[0].code).toString("base64")}`;
  const { shellOf } = await import(address);
  return shellOf(await specifications());
}

/** The shipped specifications by their paths. */
async function specifications() {
  const names = await readdir(join(root, "specs"), { recursive: true });
  const paths = names.filter((name) => name.endsWith(".vlmo")).map((name) => `specs/${name.replaceAll("\\", "/")}`);
  const texts = paths.sort().map(async (path) => [path, await readFile(join(root, path), "utf8")]);
  return Object.fromEntries(await Promise.all(texts));
}

const types = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".wasm": "application/wasm" };

/** Serves a folder on the loopback address only. */
function serve(folder, port) {
  const server = createServer(async ({ url = "/" }, response) => {
    const path = posix.normalize(decodeURIComponent(new URL(url, "http://localhost").pathname));
    const file = join(folder, path.endsWith("/") ? `${path}index.html` : path);
    try {
      const bytes = await readFile(file);
      response.writeHead(200, { "content-type": types[extname(file)] ?? "application/octet-stream" }).end(bytes);
    } catch {
      response.writeHead(404).end();
    }
  });
  server.listen(port, "127.0.0.1", () => {
    process.stdout.write(`http://127.0.0.1:${server.address().port}/ (Ctrl-C ends it)\n`);
  });
}

/** The sizes of the files to load: `page.js  412 kB, 131 kB packed`. */
async function sizes(folder) {
  let [all, packed] = [0, 0];
  for (const name of (await readdir(folder)).sort()) {
    const bytes = await readFile(join(folder, name));
    const small = gzipSync(bytes).length;
    [all, packed] = [all + bytes.length, packed + small];
    process.stdout.write(`  ${name.padEnd(38)} ${kilobytes(bytes.length)} ${kilobytes(small)} packed\n`);
  }
  process.stdout.write(`  ${"all".padEnd(38)} ${kilobytes(all)} ${kilobytes(packed)} packed\n`);
}

function kilobytes(bytes) {
  return `${Math.round(bytes / 1000)} kB`.padStart(9);
}

const { values } = parseArgs({
  options: {
    out: { type: "string", default: join(root, "dist", "playground") },
    serve: { type: "boolean" },
    port: { type: "string", default: "0" },
  },
});
const out = resolve(values.out);
await build(out);
process.stdout.write(`wrote ${out}\n`);
await sizes(out);
if (values.serve === true) serve(out, Number(values.port));
