// Messages for other files in the place of a vlmo checkpoint.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { checkpointManifest, readCheckpoint, createSaver } from "../../../runtime/checkpoint/index.js";
import { writeSafetensors } from "../../../runtime/formats/safetensors.js";
import { contentsOf } from "./contents.js";
import { vlmoFile } from "./vlmo-file.js";

const folder = mkdtempSync(join(tmpdir(), "vlmo-foreign-"));
const at = (...steps: string[]) => join(folder, ...steps);
afterAll(() => rmSync(folder, { recursive: true }));

beforeAll(async () => {
  const { tensors, parameters } = vlmoFile();
  await writeSafetensors(at("original.safetensors"), tensors);
  await writeSafetensors(at("ours.safetensors"), parameters);
  for (const name of ["hub", "empty"]) mkdirSync(at(name));
  await writeSafetensors(at("hub", "model.safetensors"), tensors);
  for (const name of ["lr=1", "lr=2"])
    await createSaver(at("sweep", name, "checkpoints"))(contentsOf({ step: 4 }), { keep: 1 });
  writeFileSync(at("pointer.pt"), "version https://git-lfs.github.com/spec/v1\nsize 3\n");
  await createSaver(at("run", "checkpoints"))(contentsOf({ step: 4 }), { keep: 1 });
});

test.each([
  [
    "original.safetensors",
    "it is a file of tensors with the original VLMo's names (layout `vlmo`)",
    /`vlmo import .*original\.safetensors --spec FILE --stage NAME --layout vlmo --out imported`, then name `imported`$/,
  ],
  ["ours.safetensors", "it is a file of tensors with this program's own names (layout `vlmo_ts`)", /--layout vlmo_ts/],
  [
    "hub",
    "the folder has no manifest.json, but `model.safetensors`, a file of tensors with the original",
    /vlmo import/,
  ],
  ["empty", "the folder has no manifest.json", /has written/],
  ["nowhere", "the folder does not exist", /has written/],
  ["sweep", "it is a folder of runs: lr=1, lr=2", /such as .*sweep.lr=1$/],
  ["run", "it is a run, whose checkpoints are fusion-0000004", /such as .*run.checkpoints.fusion-0000004$/],
])("%s: %s", async (name, reason, help) => {
  // In sequence: a promise that rejects before it is awaited would be an unhandled rejection.
  for (const opens of [readCheckpoint, checkpointManifest])
    await expect(opens(at(name))).rejects.toMatchObject({
      ...{ code: "V927", file: at(name) },
      ...{ message: expect.stringContaining(reason), help: expect.stringMatching(help) },
    });
});

test("a file without tensors is reported with its format", async () => {
  await expect(readCheckpoint(at("pointer.pt"))).rejects.toMatchObject({
    code: "V924",
    message: expect.stringContaining("a Git LFS pointer"),
  });
});
