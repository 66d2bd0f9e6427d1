// `vlmo inspect` on files, checkpoints and runs, as text and as JSON.
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createSaver } from "../../../runtime/checkpoint/index.js";
import { writeSafetensors } from "../../../runtime/formats/safetensors.js";
import { float32, type Tensor } from "../../../runtime/tensor.js";
import { contentsOf } from "../checkpoint/contents.js";
import { vlmoFile } from "../checkpoint/vlmo-file.js";
import { dictPickle, floats, op, tensorOps, torchArchive } from "../formats/build-files.js";
import { inProcess } from "./in-process.js";
import { workFolder } from "./tiny.js";

let folder = "";
const at = (name: string) => join(folder, name);

beforeAll(async () => {
  folder = await workFolder();
  const some = /\.(norm1|mlp_vl\.fc1)\.|pos_embed|patch_embed|word_embeddings|position_embeddings/;
  const plus = [...vlmoFile({ plus: true }, []).tensors].filter(([key]) => some.test(key));
  await writeSafetensors(at("plus.safetensors"), new Map(plus));
  const values = new Map<string, Tensor>([
    ["blocks.0.w", float32([2, 2], Float32Array.of(1, 2, 3, NaN))],
    ["blocks.1.w", float32([2, 2], Float32Array.of(-1, 0, Infinity, 1))],
    ["blocks.3.w", float32([2, 2], Float32Array.of(0, 0, 0, 0))],
    ["other", float32([1], Float32Array.of(1e-9))],
  ]);
  await writeSafetensors(at("values.safetensors"), values);
  const namespace = [op.global("argparse", "Namespace"), op.emptyTuple, op.newobj];
  const pickle = dictPickle({
    state_dict: Buffer.concat([
      op.emptyDict,
      op.text("module.norm.weight"),
      tensorOps({ count: 2, shape: [2], strides: [1] }),
      op.setItem,
    ]),
    epoch: op.int(7),
    args: Buffer.concat(namespace),
    hook: Buffer.concat([op.global("os", "system"), op.mark, op.text("x"), op.tuple, op.reduce]),
  });
  await writeFile(at("run.pt"), torchArchive(pickle, { 0: floats(1, 2) }));
  for (const step of [10, 20]) await createSaver(at("run/checkpoints"))(contentsOf({ step }), { keep: 2 });
  await mkdir(at("run/checkpoints/fusion-0000030"));
  await writeFile(at("run/checkpoints/fusion-0000030/manifest.json"), "{");
  await writeFile(at("run/run.json"), '{"spec":"specs/quickstart.vlmo"}');
});
afterAll(() => rm(folder, { recursive: true }));

async function shown(...args: string[]): Promise<string> {
  const { exit, stdout, stderr } = await inProcess(["inspect", ...args]);
  expect([exit, stderr]).toEqual([0, ""]);
  return stdout.replaceAll(folder, "").replace(/on \d{4}-.*?Z/g, "on DATE");
}

test("shows the layout, sizes and tensors of a file, with like layers on one line", async () => {
  expect(await shown(at("plus.safetensors"))).toBe(`/plus.safetensors: a safetensors file
  layout vlmo: its names are the original VLMo's
  width 32, 4 layers, patch 8, images of 32 pixels, a vocabulary of 99, texts of 12 tokens
  17 tensors, 18,976 numbers, 74.1 KiB
  tensor                                      type  shape                  size
  text_embeddings.position_embeddings.weight  F32   [12, 32]           1.50 KiB
  text_embeddings.word_embeddings.weight      F32   [99, 32]           12.4 KiB
  transformer.blocks.0..3.norm1.bias          F32   [32]              4 × 128 B
  transformer.blocks.0..3.norm1.weight        F32   [32]              4 × 128 B
  transformer.blocks.2..3.mlp_vl.fc1.bias     F32   [128]             2 × 512 B
  transformer.blocks.2..3.mlp_vl.fc1.weight   F32   [128, 32]      2 × 16.0 KiB
  transformer.patch_embed.proj.bias           F32   [32]                  128 B
  transformer.patch_embed.proj.weight         F32   [32, 3, 8, 8]      24.0 KiB
  transformer.pos_embed                       F32   [1, 17, 32]        2.13 KiB
`);
});

test("--values shows statistics of the values, merged over layers", async () => {
  expect(await shown(at("values.safetensors"), "--values")).toBe(`/values.safetensors: a safetensors file
  its key names match no known layout
  4 tensors, 13 numbers, 52 B
  tensor           type  shape       size    least     mean  greatest  not finite
  blocks.0..1,3.w  F32   [2, 2]  3 × 16 B       -1   0.6667         3  1 NaN, 1 infinite
  other            F32   [1]          4 B  1.00e-9  1.00e-9   1.00e-9
`);
});

test("--values continues past values that fit no type, and reports them", async () => {
  const counted = dictPickle({
    steps: tensorOps({ type: "LongStorage", key: "1", count: 1, shape: [], strides: [] }),
    weight: tensorOps({ count: 2, shape: [2], strides: [1] }),
  });
  const storages = { 0: floats(1, 2), 1: new Uint8Array(BigInt64Array.of(2n ** 40n).buffer) };
  await writeFile(at("counted.pt"), torchArchive(counted, storages));
  expect(await shown(at("counted.pt"), "--values")).toContain(`
  tensor  type  shape  size  least  mean  greatest  not finite
  steps   I64   []      8 B      ·     ·         ·  element 0, 1099511627776, does not fit int32
  weight  F32   [2]     8 B      1   1.5         2
`);
  const { json } = await inProcess(["inspect", at("counted.pt"), "--values", "--json"]).then(({ stdout }) => ({
    json: JSON.parse(stdout) as unknown, // checked below
  }));
  expect(json).toMatchObject({ tensors: [{ misfit: expect.stringContaining("1099511627776") }, { values: {} }] });
});

test("a bare tensor is shown without a name", async () => {
  const pickle = Buffer.concat([op.proto(), tensorOps({ count: 2, shape: [2], strides: [1] }), op.stop]);
  await writeFile(at("bare.pt"), torchArchive(pickle, { 0: floats(1, 2) }));
  expect(await shown(at("bare.pt"))).toContain("\n  (without a name)  F32   [2]     8 B\n");
});

test("--all prints one line per tensor", async () => {
  const text = await shown(at("values.safetensors"), "--all");
  expect(text.match(/blocks\.\d\.w/g)).toEqual(["blocks.0.w", "blocks.1.w", "blocks.3.w"]);
});

test("a file of torch.save: shows other entries, and classes whose code was not run", async () => {
  expect(await shown(at("run.pt"))).toBe(`/run.pt: a file of torch.save
  no tensor: epoch: the number 7
  no tensor: args: an object of \`argparse.Namespace\`
  no tensor: hook: an object of \`os.system\`
  unknown classes, not executed: argparse.Namespace, os.system
  layout beit: its names are BEiT's, under state_dict.module.
  1 tensor, 2 numbers, 8 B
  tensor                         type  shape  size
  state_dict.module.norm.weight  F32   [2]     8 B
`);
});

test("a vlmo checkpoint: shows its origin, metrics and vocabulary", async () => {
  expect(await shown(at("run/checkpoints/fusion-0000020")))
    .toBe(`/run/checkpoints/fusion-0000020: a checkpoint of stage fusion, step 20, under way
  written by vlmo 0.1.0 on DATE, of specs/quickstart.vlmo
  trained: vision (100 steps) on shapes; engine ort 1.30.0
  metrics: loss 0.3333, recall not measured
  vocabulary: 2 tokens: [PAD] token20
  its key names match no known layout
  3 tensors, 30 numbers, 120 B
  tensor  type  shape  size
  a       F32   [10]   40 B
  b       F32   [10]   40 B
  c       F32   [10]   40 B
`);
});

test("a run: shows its checkpoints, also invalid ones", async () => {
  expect(await shown(at("run"))).toBe(`/run: a run of specs/quickstart.vlmo, 2 checkpoints
  checkpoint                  stage   step             metrics
  checkpoints/fusion-0000010  fusion    10  under way  loss 0.3333, recall not measured
  checkpoints/fusion-0000020  fusion    20  under way  loss 0.3333, recall not measured
  cannot be used: /run/checkpoints/fusion-0000030: the checkpoint \`/run/checkpoints/fusion-0000030\` cannot be used: its manifest.json is not JSON
`);
});

test("--json has everything", async () => {
  const file = JSON.parse(await shown(at("values.safetensors"), "--values", "--json"));
  expect(file).toMatchObject({ kind: "file", format: "safetensors", elements: 13, bytes: 52, guess: null });
  expect(file.tensors[1]).toEqual({
    ...{ name: "blocks.1.w", element: "F32", shape: [2, 2], bytes: 16 },
    values: { min: -1, max: 1, mean: 0, nan: 0, infinite: 1 },
  });
  const run = JSON.parse(await shown(at("run"), "--json"));
  expect(run).toMatchObject({ kind: "run", checkpoints: [{ manifest: { step: 10 } }, { manifest: { step: 20 } }] });
  const plus = JSON.parse(await shown(at("plus.safetensors"), "--json"));
  expect(plus.guess).toMatchObject({
    layout: "vlmo",
    prefix: "",
    known: 17,
    sizes: { width: 32, layers: 4, patch: 8 },
  });
});

test("reports missing files and files without tensors", async () => {
  const { exit, stderr } = await inProcess(["inspect", at("nowhere.pt")]);
  expect([exit, stderr]).toEqual([
    1,
    expect.stringMatching(/^error\[V920\]: cannot read `.*nowhere\.pt`: it does not exist\n/),
  ]);
});
