import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { layouts } from "../../../runtime/checkpoint/layouts/index.js";
import { openTensorFile, readTensorFile } from "../../../runtime/checkpoint/source.js";
import { VlmoError } from "../../../runtime/errors/vlmo-error.js";
import { readSafetensors } from "../../../runtime/formats/safetensors.js";
import { differing } from "../formats/compare.js";
import { dictPickle, floats, op, safetensorsBytes, tensorOps, torchArchive } from "../formats/build-files.js";

const folder = mkdtempSync(join(tmpdir(), "vlmo-source-"));
afterAll(() => rmSync(folder, { recursive: true }));

let files = 0;
function fileOf(bytes: Uint8Array, ending = "pt"): string {
  const path = join(folder, `${files++}.${ending}`);
  writeFileSync(path, bytes);
  return path;
}

describe("nested dicts and prefixes", () => {
  const tensor = tensorOps({ count: 6, shape: [2], strides: [1] });
  const dict = (entries: Readonly<Record<string, Buffer>>) =>
    Buffer.concat([
      op.emptyDict,
      op.mark,
      ...Object.entries(entries).flatMap(([key, value]) => [op.text(key), value]),
      op.setItems,
    ]);
  /** Keys of the original under `prefix`, with other entries of the dict. */
  const weights = (prefix = "", more: Readonly<Record<string, Buffer>> = {}) => {
    const keys = ["transformer.cls_token", "transformer.norm.weight", "logit_scale"];
    return dict({ ...Object.fromEntries(keys.map((key) => [`${prefix}${key}`, tensor])), ...more });
  };
  const keys = ["transformer.cls_token", "transformer.norm.weight", "logit_scale"];
  const state = dict({
    state: Buffer.concat([op.emptyDict, op.int(0), dict({ exp_avg: tensor }), op.setItem]),
    lr: op.int(1),
  });
  const fileWith = (root: Buffer) =>
    fileOf(torchArchive(Buffer.concat([op.proto(), root, op.stop]), { 0: floats(0, 1, 2, 3, 4, 5) }));

  test.each([
    ["none", weights("", { epoch: op.int(3) }), "", [["epoch", "the number 3"]]],
    ["`state_dict`", dict({ epoch: op.int(3), state_dict: weights() }), "state_dict.", [["epoch", "the number 3"]]],
    ["any name", dict({ "my net": weights() }), "my net.", []],
    [
      "two dicts",
      dict({ runner: dict({ net: weights(), seed: op.int(1) }) }),
      "runner.net.",
      [["runner.seed", "the number 1"]],
    ],
    ["`module.` of DistributedDataParallel", weights("module."), "module.", []],
    ["`_orig_mod.` of torch.compile", weights("_orig_mod."), "_orig_mod.", []],
    ["both, nested", dict({ model: weights("module._orig_mod.") }), "model.module._orig_mod.", []],
    [
      "an optimizer state beside it",
      dict({ model: weights(), optimizer: state, args: op.none }),
      "model.",
      [
        ["optimizer", "1 tensor and 1 other value beside `model`"],
        ["args", "None"],
      ],
    ],
  ] as const)("%s", async (_, root, prefix, others) => {
    const source = await openTensorFile(fileWith(root), { layout: layouts.vlmo });
    await source.close();
    expect([...source.shapes.keys()]).toEqual(keys);
    expect([source.prefix, [...source.others]]).toEqual([prefix, others]);
  });

  test("a tensor without the dict's common prefix keeps its name", async () => {
    const source = await openTensorFile(fileWith(weights("module.", { criterion: tensor })), { layout: layouts.vlmo });
    await source.close();
    expect([...source.shapes.keys()]).toEqual([...keys, "criterion"]);
  });

  const alsoWithout = weights("module.", { logit_scale: tensor });

  test("equal keys with and without a prefix are two sets to choose from, not damage", async () => {
    await expect(openTensorFile(fileWith(alsoWithout))).rejects.toMatchObject({
      code: "V938",
      message: expect.stringContaining("3 tensors under `module.`, and 1 without it, `logit_scale` among both"),
      help: "choose those under it: --nest module",
    });
    const source = await openTensorFile(fileWith(alsoWithout), { nest: "module" });
    await source.close();
    expect([...source.shapes.keys()]).toEqual(keys);
  });

  test("two tensors with one name, by nesting and by a dot, are reported as such", async () => {
    const root = dict({ transformer: dict({ cls_token: tensor }), "transformer.cls_token": tensor });
    await expect(openTensorFile(fileWith(root))).rejects.toMatchObject({
      code: "V924",
      message: expect.stringContaining("two of its tensors are named `transformer.cls_token`"),
    });
  });

  test("a bare tensor is reported as such", async () => {
    await expect(openTensorFile(fileWith(tensor))).rejects.toMatchObject({
      code: "V924",
      message: expect.stringContaining("it holds a bare tensor, [2], without a name"),
    });
  });

  const several = dict({ epoch: op.int(1), model: weights("module."), model_ema: weights() });
  const flat = dict(
    Object.fromEntries(["student", "teacher"].flatMap((who) => keys.map((key) => [`${who}.${key}`, tensor]))),
  );
  test.each([
    ["two dicts", several, "`model.module` (3 tensors), `model_ema` (3 tensors)"],
    ["two prefixes", flat, "`student` (3 tensors), `teacher` (3 tensors)"],
  ])("%s with the same names: none is chosen unless named", async (_, root, sets) => {
    await expect(openTensorFile(fileWith(root))).rejects.toMatchObject({
      code: "V938",
      message: expect.stringContaining(sets),
      help: expect.stringMatching(/^choose one: --nest (model|student)/),
    });
  });

  test.each([
    ["model", several, "model.module.", ["model_ema", "3 tensors beside `model.module`"]],
    ["model_ema", several, "model_ema.", ["model", "3 tensors beside `model_ema`"]],
    ["teacher", flat, "teacher.", ["student.transformer.cls_token", "1 tensor beside `teacher`"]],
  ])("`%s` is chosen by name", async (nest, root, prefix, beside) => {
    const source = await openTensorFile(fileWith(root), { nest });
    await source.close();
    expect([source.prefix, [...source.shapes.keys()]]).toEqual([prefix, keys]);
    expect([...source.others]).toContainEqual(beside);
  });

  test("an unknown dict is reported with the existing ones", async () => {
    await expect(openTensorFile(fileWith(several), { nest: "ema" })).rejects.toThrow(
      "none of them is `ema`; its names begin with `model`, `model_ema`",
    );
  });

  test("a pickled module is read as its state dict", async () => {
    const module = (parts: Readonly<Record<string, Buffer>>) =>
      Buffer.concat([
        op.global("models", "Net"),
        op.emptyTuple,
        op.newobj,
        dict({ training: op.true, ...parts }),
        op.build,
      ]);
    const none = dict({});
    const leaf = module({ _parameters: dict({ weight: tensor, bias: op.none }), _buffers: none, _modules: none });
    const dropout = module({ _parameters: none, _buffers: none, _modules: none });
    const inner = module({
      _parameters: dict({ cls_token: tensor }),
      _buffers: none,
      _modules: dict({ norm: leaf, drop: dropout }),
    });
    const root = module({ _parameters: none, _buffers: none, _modules: dict({ transformer: inner }) });
    const source = await openTensorFile(fileWith(root));
    await source.close();
    expect([...source.shapes.keys()]).toEqual(["transformer.cls_token", "transformer.norm.weight"]);
    expect([[...source.others], [...source.unknown]]).toEqual([[], [["models.Net", 4]]]);
  });

  test.each([
    ["a list", Buffer.concat([op.emptyList]), "V924", "it holds no tensors, but a list of 0"],
    ["a dict of numbers", dict({ epoch: op.int(3) }), "V924", "it holds no tensors, but a dict of 1"],
    [
      "an object",
      Buffer.concat([op.global("models", "Net"), op.emptyTuple, op.newobj]),
      "V925",
      "without running `models.Net`",
    ],
  ])("%s without tensors is refused", async (_, root, code, words) => {
    await expect(openTensorFile(fileWith(root))).rejects.toMatchObject({
      code,
      message: expect.stringContaining(words),
    });
  });
});

describe("the format of a file", () => {
  const header = JSON.stringify({ x: { dtype: "F32", shape: [1], data_offsets: [0, 4] } });
  // A header of 0x4b50 bytes makes a safetensors file start with `PK`, like a zip.
  const likeZip = safetensorsBytes(header.padEnd(0x4b50), floats(7));
  test.each([
    ["a safetensors file of any name", safetensorsBytes(header, floats(7)), "pt"],
    ["a safetensors file that starts like a zip", likeZip, "safetensors"],
    [
      "a .pt file of any name",
      torchArchive(dictPickle({ x: tensorOps({ count: 1, shape: [1], strides: [1] }) }), { 0: floats(7) }),
      "safetensors",
    ],
  ])("is recognised by content: %s", async (_, bytes, ending) => {
    expect((await readTensorFile(fileOf(bytes, ending))).get("x")?.data).toEqual(Float32Array.of(7));
  });

  test.each([
    ["pt", "V924"],
    ["safetensors", "V924"],
  ])("is unknown for an empty .%s file: %s", async (ending, code) => {
    await expect(openTensorFile(fileOf(Buffer.alloc(0), ending))).rejects.toMatchObject({ code });
  });
});

const shared = fileURLToPath(new URL("../../../../shared/fixtures", import.meta.url));
const twins = [
  "dev/checkpoint",
  "dev/checkpoint_vqa",
  "dev/checkpoint_nlvr2",
  "dev/beit_like",
  "dev_plus/checkpoint",
  "dev_plus/checkpoint_vqa",
  "dev_plus/checkpoint_nlvr2",
];
if (!existsSync(shared))
  console.log("skipped: .pt files against their .safetensors twins (../shared/fixtures is absent)");

describe.skipIf(!existsSync(shared))("files that PyTorch wrote", () => {
  test.each(twins)("%s.pt holds what its .safetensors twin holds", async (name) => {
    const expected = await readSafetensors(join(shared, `${name}.safetensors`));
    const read = await readTensorFile(join(shared, `${name}.pt`));
    expect(differing(read, expected)).toEqual([]);
  });

  test("if mutated give typed errors or valid reads", async () => {
    const valid = readFileSync(join(shared, "dev/checkpoint.pt"));
    const begin = valid.indexOf("PK\x01\x02", 0, "latin1");
    const path = join(folder, "mutated-real.pt");
    // Mutates the pickle at the front and the directory at the back; the tensor data between have no structure to break.
    const place = fc.oneof(fc.nat(14_000), fc.integer({ min: begin, max: valid.length - 1 }));
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(place, fc.nat(255)), { minLength: 1, maxLength: 3 }), async (mutations) => {
        const bytes = Buffer.from(valid);
        for (const [at, value] of mutations) bytes[at] = value;
        writeFileSync(path, bytes);
        const result = await readTensorFile(path).catch((error: unknown) => error);
        expect(result, String(result)).toSatisfy(
          (value: unknown) => value instanceof VlmoError || value instanceof Map,
        );
      }),
      { numRuns: 40, seed: 5 },
    );
  });
});
