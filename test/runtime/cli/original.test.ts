// A checkpoint of the original by command line only: imported, run on every engine, and compared with the original's
// outputs.
import { existsSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readSafetensors } from "../../../runtime/formats/safetensors.js";
import type { Tensor } from "../../../runtime/tensor.js";
import { root } from "./command.js";
import { inProcess } from "./in-process.js";
import { workFolder } from "./tiny.js";

const spec = join(root, "specs/parity.vlmo");
const committed = join(root, "test/fixtures/parity/dev");
const shared = join(root, "../shared/fixtures/dev");
const pickled = join(shared, "checkpoint.pt");
if (!existsSync(pickled)) console.log(`skipped where ../shared/fixtures is absent: import of a checkpoint in .pt form`);

let folder = "";
let expected: ReadonlyMap<string, Tensor>;

beforeAll(async () => {
  folder = await workFolder();
  expected = await readSafetensors(join(committed, "outputs.safetensors"));
  const imported = await take(join(committed, "checkpoint.safetensors"), "imported");
  expect([imported.stderr, imported.exit]).toEqual(["", 0]);
});
afterAll(() => rm(folder, { recursive: true }));

function take(file: string, out: string) {
  const line = ["import", file, "--spec", spec, "--stage", "pairs_stage", "--layout", "vlmo", "--out", out];
  return inProcess([...line, "--json"], folder);
}

/** Our names ← the original's, by increasing share of the model. */
const compared = {
  "image.cls": "image.cls",
  "text.cls": "text.cls",
  "pair.pooled": "vl.pooled",
  "itc.logits_i2t": "itc.logits_i2t",
  "loss.itc": "loss.itc",
  "mlm.logits": "mlm.logits",
  "loss.mlm": "loss.mlm",
  "loss.itm": "loss.itm",
  "loss.total": "loss.total",
} as const;

const engines: readonly { title: string; options: readonly string[]; wanted: readonly string[] }[] = [
  { title: "ort", options: ["--engine", "ort"], wanted: Object.keys(compared) },
  { title: "tfjs wasm", options: ["--engine", "tfjs", "--backend", "wasm"], wanted: Object.keys(compared) },
  // Plain loops are slow: one view, and the contrast of two.
  { title: "reference", options: ["--engine", "reference"], wanted: ["image.cls", "text.cls", "loss.itc"] },
];

describe.each(engines)("exec on $title", ({ title, options, wanted }) => {
  test("gives the original's outputs", async () => {
    const out = `${title.replace(" ", "-")}.safetensors`;
    const inputs = ["inputs", "outputs"].map((name) => join(committed, `${name}.safetensors`)).join(",");
    const files = ["--params", "imported", "--inputs", inputs, "--out", out, "--outputs", wanted.join(",")];
    const line = ["exec", spec, "--stage", "pairs_stage", "--program", "forward", "--threads", "1"];
    const { stdout, exit } = await inProcess([...line, ...options, ...files, "--json"], folder);
    expect(exit).toBe(0);
    expect(
      JSON.parse(stdout)
        .outputs.map(({ name }: { name: string }) => name)
        .sort(),
    ).toEqual([...wanted].sort());
    const given = await readSafetensors(join(folder, out));
    for (const [ours, theirs] of Object.entries(compared)) {
      if (wanted.some((name) => name === ours))
        expect(distance(given.get(ours), expected.get(theirs)), ours).toBeLessThan(3e-5);
    }
  });
});

/** Largest difference relative to the largest expected element. */
function distance(actual: Tensor | undefined, wanted: Tensor | undefined): number {
  if (actual?.data.length === undefined || actual.data.length !== wanted?.data.length) return Infinity;
  const of = (value: (i: number) => number) => Math.max(...Array.from(actual.data, (_, i) => Math.abs(value(i))));
  return of((i) => (actual.data[i] ?? 0) - (wanted.data[i] ?? 0)) / of((i) => wanted.data[i] ?? 0);
}

test.skipIf(!existsSync(pickled))(
  "import of a .pt file gives the parameters of the .safetensors file, bit for bit",
  async () => {
    const taken = await take(pickled, "pickled");
    expect([taken.stderr, taken.exit]).toEqual(["", 0]);
    const bytes = (name: string) => readFile(join(folder, name, "parameters.safetensors"));
    expect((await bytes("pickled")).equals(await bytes("imported"))).toBe(true);
  },
);
