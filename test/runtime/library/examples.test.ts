// The examples of docs/library.md, verbatim and in sequence in one folder, with a smaller specification of the same names and
// a generated image. Uses the build made by `npm test`.
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import ts from "typescript";
import { afterAll, beforeAll, expect, test } from "vitest";
import { projectRoot } from "../../support/library-run.js";
import { furnish, libraryExamples } from "../../support/library-examples.js";

const examples = libraryExamples();

/** The output of each example. */
const prints: readonly { readonly title: string; readonly stdout: RegExp }[] = [
  { title: "trains all stages", stdout: /^vision 1 [\d.]+\nvision 2 [\d.]+\nlabels 1 [^]*\nclaims_stage 2 [\d.]+\n$/ },
  { title: "trains one stage without a loop", stdout: /^runs\/other: finished, 0 evaluations\n$/ },
  { title: "stops and resumes", stdout: /^interrupted runs\/stopped\/checkpoints\/vision-0000001\nfinished\n$/ },
  {
    title: "writes a specification for a folder, and rehearses it",
    stdout: /^photos.vlmo: 11 images, format folder\nfitted 3 [\d.]+\n$/,
  },
  {
    title: "queries a run",
    stdout: /^photo\.png \{\n {2}form: 'choice',\n {2}top: \[\n {4}\{ label: '(true|false)', [^]*\}\n$/,
  },
  { title: "queries an open model", stdout: /^(a red circle|two blue squares|a green triangle)\n$/ },
  {
    title: "embeds and searches",
    stdout: /^photo\.png (\d+)\na red circle \1\n1 \1\n\S*photo\.png\n$/,
  },
  {
    title: "exports and serves",
    stdout: /^config\.json model\.safetensors .*README\.md\n\{ status: 'ok', answered: 0, refused: 0, failed: 0 \}\n$/,
  },
  {
    title: "evaluates",
    stdout: /^recall@1 image→text [\d.]+ [\d.]+ 16\n[^]*\nruns\/quickstart\/checkpoints\/pairs-0000002\n$/,
  },
  {
    title: "shows mistakes",
    stdout: /^(V515 [^\n]*\n)+V201 stage `more` has no key `stepz` did you mean `steps`\?\n$/,
  },
  { title: "compiles and loads a program", stdout: /^Small: \d+ parameters\n\d+ inputs, \d+ outputs on ort [^\n]*\n$/ },
];

let folder = "";
let said: string[] = [];
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "vlmo-library-"));
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(projectRoot, join(folder, "node_modules/vlmo"));
  await furnish(folder);
  const compilerOptions = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 };
  examples.forEach((text, i) =>
    writeFileSync(join(folder, `${i}.mjs`), ts.transpileModule(text, { compilerOptions }).outputText),
  );
  const each = examples.map((_, i) => `await import("./${i}.mjs"); console.log("--");`);
  writeFileSync(join(folder, "all.mjs"), each.join("\n"));
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ["all.mjs"], { cwd: folder });
  expect(stderr).toBe("");
  said = stdout.split("--\n");
});
afterAll(() => rmSync(folder, { recursive: true }));

test("every example is covered", () => {
  expect(examples.length).toBe(prints.length);
});

test.each(prints.map((print, i) => ({ ...print, i })))("$title", ({ i, stdout }) => {
  expect(said[i]).toMatch(stdout);
});
