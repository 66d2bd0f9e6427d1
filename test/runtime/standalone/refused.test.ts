// Folders for Python: unsupported features are refused before anything is written, with the stage or data and a remedy.
import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { StageSpec } from "../../../compiler/index.js";
import { unsupportedIn } from "../../../runtime/standalone/unsupported.js";
import { specIn, stageOf } from "../../support/specs.js";
import { inProcess } from "../cli/in-process.js";
import { tinySpec, workFolder } from "../cli/tiny.js";

let folder = "";
beforeAll(async () => {
  folder = await workFolder();
  await mkdir(join(folder, "mine"));
  await writeFile(join(folder, "mine/notes.txt"), "mine");
});
afterAll(() => rm(folder, { recursive: true }));

test.each([
  ["--emit torch --out dir", 1, /V647.*cannot read the images of `world`: its images are generated on demand/],
  ["--emit torch --out mine", 1, /V977.*`mine` is not empty: it holds `notes.txt`/],
  ["--emit torch --out dir --devices 3", 1, /V902.*4 samples, does not divide among 3 processes/],
  ["--emit onnx --out dir", 2, /--emit onnx writes no folder/],
  ["--emit torch --out dir --program step", 2, /--program is of one program/],
  ["--emit torch --program step --devices 2", 2, /--devices needs --out/],
  ["--emit torch --out dir --devices 0", 2, /whole number above 0/],
  ["--emit torch --out dir --stage third", 1, /V961.*stage `third`/],
])("build %s exits with %i", async (options, code, words) => {
  const { exit, stderr } = await inProcess(["build", "tiny.vlmo", ...options.split(" ")], folder);
  expect(stderr).toMatch(words);
  expect(exit).toBe(code);
  expect(await readdir(folder)).not.toContain("dir");
  expect(await readdir(join(folder, "mine"))).toEqual(["notes.txt"]);
});

test("data are packed only for a stage with their images", async () => {
  const text = tinySpec.replace(
    "data unseen",
    "data sentences: texts { format: shapes, seed: 1, scenes: 8 }\ndata unseen",
  );
  await writeFile(join(folder, "texts.vlmo"), text);
  const args = ["data", "pack", "texts.vlmo", "sentences", "--stage", "first", "--out", "packed"];
  const { exit, stderr } = await inProcess(args, folder);
  expect(stderr).toMatch(/V648.*stage `first` reads no images of `sentences`/);
  expect(exit).toBe(1);
});

const stage = stageOf(specIn(tinySpec), "second");
const [objective] = stage.learn;
const [block] = stage.data;

function learning(head: object): StageSpec {
  if (objective === undefined) throw new Error("the stage learns nothing");
  return { ...stage, learn: [{ ...objective, head: { ...objective.head, ...head } }] };
}

test.each<[string, StageSpec, RegExp]>([
  ["segmentation", learning({ kind: "segment" }), /learns `segment`/],
  ["codes in a file", learning({ kind: "masked_patches", targets: { kind: "codes" } }), /codes of patches from a file/],
  ["mixed images", { ...stage, mix: [{ kind: "mixup", alpha: 1 }] }, /mixes images \(`mix`\)/],
  ["skipped records", { ...stage, data: block ? [{ ...block, onError: "skip" }] : [] }, /`on_error: skip`/],
  ["patience", { ...stage, validate: { every: stage.duration, best: null, patience: 2 } }, /`patience`/],
  [
    "a stage that starts from a best checkpoint",
    { ...stage, from: { kind: "stage", name: "first", at: "best", span: stage.span } },
    /was best/,
  ],
])("%s can be trained by vlmo only", (_, given, words) => {
  expect(unsupportedIn([given]).map(({ code }) => code)).toEqual(["V646"]);
  expect(
    unsupportedIn([given])
      .map(({ message }) => message)
      .join(),
  ).toMatch(words);
  expect(unsupportedIn([stage])).toEqual([]);
});
