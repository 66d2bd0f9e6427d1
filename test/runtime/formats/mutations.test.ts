// Files of every kind with some bytes changed give a typed error or a valid read in bounded time, whatever the underlying
// libraries throw.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { inspect } from "../../../runtime/checkpoint/inspect.js";
import { readTensorFile } from "../../../runtime/checkpoint/source.js";
import { VlmoError } from "../../../runtime/errors/vlmo-error.js";
import {
  dictPickle,
  floats,
  legacyArchive,
  op,
  safetensorsBytes,
  tensorOps,
  torchArchive,
  zip64,
} from "./build-files.js";

const folder = mkdtempSync(join(tmpdir(), "vlmo-mutations-"));
afterAll(() => rmSync(folder, { recursive: true }));

const six = floats(0, 1, 2, 3, 4, 5);
const namespace = [op.global("argparse", "Namespace"), op.emptyTuple, op.newobj, op.emptyDict, op.text("lr")];
const dtype = [op.global("numpy", "dtype"), op.mark, op.text("f4"), op.false, op.true, op.tuple, op.reduce];
const array = [
  ...[op.global("numpy.core.multiarray", "_reconstruct"), op.mark, op.global("numpy", "ndarray"), op.tuple, op.reduce],
  ...[op.mark, op.int(1), op.mark, op.int(2), op.tuple, ...dtype, op.false, op.global("_codecs", "encode")],
  ...[op.mark, op.text("\0\0\0\0\0\0\0\0"), op.text("latin1"), op.tuple, op.reduce, op.tuple, op.build],
];
const pickle = dictPickle({
  model: Buffer.concat([
    op.emptyDict,
    op.text("w"),
    tensorOps({ count: 6, shape: [3, 2], strides: [1, 3] }),
    op.setItem,
  ]),
  args: Buffer.concat([...namespace, op.float(0.5), op.setItem, op.build]),
  array: Buffer.concat(array),
});
writeFileSync(
  join(folder, "1.safetensors"),
  safetensorsBytes({ a: { dtype: "F32", shape: [6], data_offsets: [0, 24] } }, six),
);

const kinds: readonly (readonly [kind: string, name: string, bytes: Buffer])[] = [
  ["a zip of PyTorch", "zip.pt", torchArchive(pickle, { 0: six })],
  ["a zip64 of PyTorch", "zip64.pt", zip64(torchArchive(pickle, { 0: six }))],
  ["a file before torch 1.6", "legacy.pt", legacyArchive(pickle, { 0: six })],
  ["an index of shards", "m.index.json", Buffer.from('{"metadata":{"n":1},"weight_map":{"a":"1.safetensors"}}')],
];

describe.each(kinds)("%s", (_, name, valid) => {
  const path = join(folder, name);
  const isTold = (value: unknown) => value instanceof VlmoError || !(value instanceof Error);

  test("is read unchanged", async () => {
    writeFileSync(path, valid);
    expect((await readTensorFile(path)).size).toBeGreaterThan(0);
  });

  test("with bytes changed or truncated gives a typed error or a valid read", async () => {
    const place = fc.nat(valid.length - 1);
    const change = fc.record({
      at: place,
      value: fc.oneof(fc.nat(255), fc.constantFrom(0, 255)),
      run: fc.constantFrom(1, 1, 8),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), fc.option(place), async (changes, cut) => {
        const bytes = Buffer.from(valid);
        for (const { at, value, run } of changes) bytes.fill(value, at, Math.min(at + run, bytes.length));
        writeFileSync(path, cut !== null && cut % 4 === 0 ? bytes.subarray(0, cut) : bytes);
        const began = performance.now();
        const outcomes = [readTensorFile(path), inspect(path, { values: true })].map((each) =>
          each.catch((error: unknown) => error),
        );
        for (const outcome of await Promise.all(outcomes)) expect(outcome, String(outcome)).toSatisfy(isTold);
        expect(performance.now() - began).toBeLessThan(5000);
      }),
      { numRuns: 200, seed: 18 },
    );
  });
});

test.each([2n ** 53n, 2n ** 63n, 2n ** 64n - 1n])(
  "a zip64 directory at byte %d is reported as damage",
  async (offset) => {
    const path = join(folder, "far.pt");
    writeFileSync(path, zip64(torchArchive(pickle, { 0: six }), offset));
    await expect(readTensorFile(path)).rejects.toMatchObject({
      code: "V921",
      message: expect.stringMatching(/it refers to byte \d+, after its end/),
    });
  },
);
