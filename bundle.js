// Bundles the command line for a fast start: `vlmo check` would otherwise load 900 small files of its dependencies. Reads the
// output of tsc; `npm run build` runs both. Native and large packages stay outside.
import { copyFile, cp, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename } from "node:path";
import { Writable } from "node:stream";
import { build } from "rolldown";

const bundled =
  /^(chevrotain|@chevrotain|lodash-es|zod|commander|picocolors|protobufjs|@protobufjs|long|echarts|zrender|tslib|vscode-[a-z-]+)(\/|$)/;

const ofCommander = (id, importer) => id === "node:child_process" && /[\\/]commander[\\/]/.test(importer ?? "");

await build({
  input: ["cli/main", "cli/load", "cli/program", "data/images/image-worker", "train/draw-worker"].map(
    (name) => `dist/runtime/${name}.js`,
  ),
  platform: "node",
  // Our modules have no side effects: parts of an `index.ts` that a command does not use are not loaded with it.
  treeshake: { moduleSideEffects: [{ test: /^(?!.*node_modules).*\/dist\//, sideEffects: false }] },
  // Commander loads it for commands that are separate executables, of which there are none.
  plugins: [
    {
      name: "no-child-processes-of-commander",
      resolveId: (id, importer) => (ofCommander(id, importer) ? "\0none" : null),
      load: (id) => (id === "\0none" ? "export default {}" : null),
    },
  ],
  external: (id, importer) => /^[^./\0]/.test(id) && !bundled.test(id) && !ofCommander(id, importer),
  output: {
    dir: "dist/bundle",
    // V8's code cache works for scripts only, not for modules (runtime/cli/load.ts).
    format: "cjs",
    strict: true,
    // Code from the cache cannot use dynamic `import`.
    dynamicImportInCjs: false,
    // V8 checks cached code by the length of its source alone: no file of an earlier build may remain.
    cleanDir: true,
    // This is read at every start: keep it small, and one byte per character.
    comments: { legal: true, annotation: false, jsdoc: false },
    minify: { compress: false, mangle: false, codegen: { removeWhitespace: false, asciiOnly: true } },
  },
  checks: { eval: false },
  logLevel: "warn",
});
// Scripts that an engine starts as a process or a browser runs, and the modules of exported models, lie beside the module that
// uses them.
const processes = [
  "torch/worker.py",
  "torch/ranks.py",
  "torch/compiles.py",
  "torch/memory.py",
  "torch/launch.py",
  "ort/vulkan.mjs",
];
const others = ["runtime/serve/browser.js", "runtime/view/in-browser.js", "runtime/export/torch/modules.py"];
for (const script of [...processes.map((name) => `runtime/engines/${name}`), ...others]) {
  for (const copy of [`dist/bundle/${basename(script)}`, `dist/${script}`]) await copyFile(script, copy);
}
// The Python files of folders that train without Node.
for (const copy of ["dist/bundle", "dist/runtime/standalone"])
  await cp("runtime/standalone/python", `${copy}/python`, {
    recursive: true,
    filter: (path) => !path.includes("__pycache__"),
  });
await writeFile("dist/bundle/package.json", '{ "type": "commonjs" }\n');

// Running a check makes V8 compile the functions that a check needs.
const { load, keepCode } = createRequire(import.meta.url)("./dist/bundle/load.js");
const nowhere = new Writable({ write: (chunk, encoding, done) => done() });
const surroundings = { stdout: nowhere, stderr: nowhere, environment: {}, endsWithReaders: true };
await load("./program.js").runCommandLine(["check", "specs/vlmo-large.vlmo"], surroundings);
keepCode();
