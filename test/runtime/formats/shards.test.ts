// Checkpoints in several files, opened through their untrusted index.
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { readTensorFile } from "../../../runtime/checkpoint/source.js";
import { openTensors } from "../../../runtime/formats/tensor-file.js";
import { float32 } from "../../../runtime/tensor.js";
import { dictPickle, floats, safetensorsBytes, tensorOps, torchArchive } from "./build-files.js";

const folder = mkdtempSync(join(tmpdir(), "vlmo-shards-"));
afterAll(() => rmSync(folder, { recursive: true }));

const one = (name: string, value: number) =>
  safetensorsBytes({ [name]: { dtype: "F32", shape: [1], data_offsets: [0, 4] } }, floats(value));
const pickled = (name: string, value: number) =>
  torchArchive(dictPickle({ [name]: tensorOps({ count: 1, shape: [1], strides: [1] }) }), { 0: floats(value) });

let places = 0;
/** Creates a folder with files and their index; gives the index's path. */
function indexed(index: unknown, files: Readonly<Record<string, Uint8Array>> = {}): string {
  const place = join(folder, String(places++));
  mkdirSync(place);
  for (const [name, bytes] of Object.entries(files)) writeFileSync(join(place, name), bytes);
  const path = join(place, "model.safetensors.index.json");
  writeFileSync(path, typeof index === "string" ? index : JSON.stringify(index));
  return path;
}

const map = (weights: Readonly<Record<string, unknown>>) => ({ metadata: { total_size: 8 }, weight_map: weights });

test("tensors of safetensors and .bin files are read from the files given by the index", async () => {
  const path = indexed(map({ a: "1.safetensors", b: "2.bin" }), {
    "1.safetensors": one("a", 1),
    "2.bin": pickled("b", 2),
  });
  const expected = new Map([
    ["a", float32([1], Float32Array.of(1))],
    ["b", float32([1], Float32Array.of(2))],
  ]);
  expect(await readTensorFile(path)).toEqual(expected);
  expect(await readTensorFile(join(path, ".."))).toEqual(expected);
});

test("a link to a file elsewhere is followed, as in download caches", async () => {
  const path = indexed(map({ a: "1.safetensors" }));
  writeFileSync(join(folder, "blob"), one("a", 3));
  symlinkSync(join(folder, "blob"), join(path, "..", "1.safetensors"));
  expect((await readTensorFile(path)).get("a")?.data).toEqual(Float32Array.of(3));
});

test("a tensor missing from the index is left out and reported", async () => {
  const path = indexed(map({ a: "1.safetensors", b: "2.safetensors" }), {
    "1.safetensors": one("a", 1),
    "2.safetensors": safetensorsBytes(
      { b: { dtype: "F32", shape: [1], data_offsets: [0, 4] }, c: { dtype: "F32", shape: [1], data_offsets: [4, 8] } },
      floats(2, 3),
    ),
  });
  const file = await openTensors(path);
  await file.close();
  expect(file.tensors.map(({ key }) => key)).toEqual(["a", "b"]);
  expect(file.others).toEqual([
    { nest: [], key: "c", what: "a tensor of `2.safetensors` that the index does not name" },
  ]);
});

describe("a broken index or shard is reported:", () => {
  const files = { "1.safetensors": one("a", 1), "again.index.json": Buffer.from("{}") };
  test.each([
    ["a missing file", map({ a: "1.safetensors", b: "2.safetensors" }), "its part `2.safetensors` is not there"],
    ["a missing tensor", map({ a: "1.safetensors", b: "1.safetensors" }), "`1.safetensors` lacks `b`"],
    [
      "a path to a parent folder",
      map({ a: "../x.safetensors" }),
      "`../x.safetensors` that it names is not in its folder",
    ],
    ["a path through a parent folder", map({ a: "y/../../x.safetensors" }), "is not in its folder"],
    ["an absolute path", map({ a: "/etc/passwd" }), "is not in its folder"],
    ["a Windows path", map({ a: "C:\\x.safetensors" }), "is not in its folder"],
    ["the folder itself", map({ a: "." }), "is not in its folder"],
    ["an empty name", map({ a: "" }), "is not in its folder"],
    ["a file name that is not a string", map({ a: 1 }), "the file of `a` is no text"],
    ["a nested index", map({ a: "again.index.json" }), "is an index itself"],
    ["a key twice", '{"weight_map":{"a":"1.safetensors","a":"1.safetensors"}}', "the key `a` occurs twice"],
    ["a missing map", { metadata: {} }, "it has no `weight_map`"],
    ["an empty map", map({}), "names no tensor"],
    ["a map that is a list", { weight_map: ["a"] }, "it is not an object"],
    [
      "more files than any checkpoint has",
      map(Object.fromEntries(Array.from({ length: 1001 }, (_, i) => [`t${i}`, `${i}.bin`]))),
      "names 1001 files (at most 1000)",
    ],
  ])("%s", async (_, index, words) => {
    await expect(openTensors(indexed(index, files))).rejects.toMatchObject({
      code: "V975",
      message: expect.stringContaining(words),
    });
  });

  test("a shard that was not downloaded, with its format", async () => {
    const path = indexed(map({ a: "1.safetensors" }), {
      "1.safetensors": Buffer.from("version https://git-lfs.github.com/spec/v1\n"),
    });
    await expect(openTensors(path)).rejects.toThrow(/1\.safetensors` is not a tensor file.*Git LFS pointer/);
  });
});
