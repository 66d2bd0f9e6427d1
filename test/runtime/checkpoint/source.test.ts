import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { openTensorFile, readTensorFile } from "../../../runtime/checkpoint/source.js";
import { VlmoError } from "../../../runtime/vlmo-error.js";
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

describe("nesting", () => {
  const six = floats(0, 1, 2, 3, 4, 5);
  const tensor = tensorOps({ count: 6, shape: [2], strides: [1] });
  const inner = (key: string) => Buffer.concat([op.emptyDict, op.text(key), tensor, op.setItem]);
  test.each([
    ["flat", { "a.b": tensor, epoch: op.int(3) }, ["a.b"], [["epoch", "it is not a tensor"]]],
    [
      "under `state_dict`",
      { epoch: op.int(3), state_dict: inner("a.b") },
      ["a.b"],
      [["epoch", "it stands beside `state_dict`"]],
    ],
    ["under `model`", { model: inner("module.a") }, ["module.a"], []],
    ["under `module`, with its prefix", { module: inner("module.a.b") }, ["a.b"], []],
  ] as const)("%s", async (_, entries, keys, others) => {
    const source = await openTensorFile(fileOf(torchArchive(dictPickle(entries), { 0: six })));
    await source.close();
    expect([...source.shapes.keys()]).toEqual(keys);
    expect([...source.others]).toEqual(others);
  });

  test("a file that holds no dict is refused", async () => {
    const path = fileOf(torchArchive(Buffer.concat([op.proto(), op.emptyList, op.stop])));
    await expect(openTensorFile(path)).rejects.toThrow("holds no dict of tensors");
  });
});

describe("which format a file has", () => {
  const header = JSON.stringify({ x: { dtype: "F32", shape: [1], data_offsets: [0, 4] } });
  // A header of 0x4b50 bytes makes a safetensors file begin with `PK`, as a zip does.
  const likeZip = safetensorsBytes(header.padEnd(0x4b50), floats(7));
  test.each([
    ["a safetensors file of any name", safetensorsBytes(header, floats(7)), "pt"],
    ["a safetensors file that begins like a zip", likeZip, "safetensors"],
    [
      "a .pt file of any name",
      torchArchive(dictPickle({ x: tensorOps({ count: 1, shape: [1], strides: [1] }) }), { 0: floats(7) }),
      "safetensors",
    ],
  ])("%s is told by its content", async (_, bytes, ending) => {
    expect((await readTensorFile(fileOf(bytes, ending))).get("x")?.data).toEqual(Float32Array.of(7));
  });

  test.each([
    ["pt", "V924"],
    ["safetensors", "V924"],
  ])("an empty .%s file is %s", async (ending, code) => {
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
if (!existsSync(shared)) console.log("skipped: files of PyTorch against their twins (../shared/fixtures is absent)");

describe.skipIf(!existsSync(shared))("files that PyTorch wrote", () => {
  test.each(twins)("%s.pt holds what its .safetensors twin holds", async (name) => {
    const expected = await readSafetensors(join(shared, `${name}.safetensors`));
    const read = await readTensorFile(join(shared, `${name}.pt`));
    expect(differing(read, expected)).toEqual([]);
  });

  test("mutations of a real file give typed errors or valid reads", async () => {
    const valid = readFileSync(join(shared, "dev/checkpoint.pt"));
    const begin = valid.indexOf("PK\x01\x02", 0, "latin1");
    const path = join(folder, "mutated-real.pt");
    // The pickle at the front and the directory at the back are what can go wrong; the numbers between cannot.
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
