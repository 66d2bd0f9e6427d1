// Tensors outside a record of torch.save's zip: NumPy arrays in the pickle, and files before torch 1.6.
import { describe, expect, test } from "vitest";
import { readTensorFile } from "../../../runtime/checkpoint/source.js";
import { openTensors } from "../../../runtime/formats/tensor-file.js";
import { openTorch } from "../../../runtime/formats/torch-pickle.js";
import { float32 } from "../../../runtime/tensor.js";
import { dictPickle, floats, legacyArchive, op, tensorOps, torchArchive } from "./build-files.js";
import { errorOf, torchFiles } from "./torch-files.js";

const { fileOf, pickled, rootOf } = torchFiles();

describe("NumPy", () => {
  const type = (name: string, order = "<") =>
    Buffer.concat([
      ...[op.global("numpy", "dtype"), op.mark, op.text(name), op.false, op.true, op.tuple, op.reduce],
      ...[op.mark, op.int(3), op.text(order), op.none, op.none, op.none, op.int(-1), op.int(-1), op.int(0), op.tuple],
      op.build,
    ]);
  // Protocol 2 writes bytes as a text with its encoding.
  const bytes = (data: Uint8Array) =>
    Buffer.concat([
      ...[op.global("_codecs", "encode"), op.mark, op.text(Buffer.from(data).toString("latin1")), op.text("latin1")],
      ...[op.tuple, op.reduce],
    ]);
  const array = (core: string, dtype: Buffer, isFortran: Buffer, data: Uint8Array) =>
    Buffer.concat([
      ...[op.global(`${core}.multiarray`, "_reconstruct"), op.mark, op.global("numpy", "ndarray")],
      ...[op.mark, op.int(0), op.tuple, bytes(Buffer.from("b")), op.tuple, op.reduce],
      ...[
        op.mark,
        op.int(1),
        op.mark,
        op.int(2),
        op.int(3),
        op.tuple,
        dtype,
        isFortran,
        bytes(data),
        op.tuple,
        op.build,
      ],
    ]);
  const six = floats(0, 1, 2, 3, 4, 5);
  test.each([
    ["in row-major order", "numpy.core", op.false, [0, 1, 2, 3, 4, 5]],
    ["in column-major order", "numpy._core", op.true, [0, 2, 4, 1, 3, 5]],
  ])("a float32 array %s is read as a tensor", async (_, core, isFortran, values) => {
    const path = fileOf(torchArchive(dictPickle({ x: array(core, type("f4"), isFortran, six) })));
    expect(await readTensorFile(path)).toEqual(new Map([["x", float32([2, 3], Float32Array.from(values))]]));
  });

  test.each([
    ["texts", type("U1")],
    ["another byte order", type("f4", ">")],
  ])("an array of %s is not read as a tensor", async (_, dtype) => {
    const file = await openTensors(fileOf(torchArchive(dictPickle({ x: array("numpy.core", dtype, op.false, six) }))));
    await file.close();
    expect([file.tensors.length, file.others.length]).toEqual([0, 1]);
  });

  test("a scalar is read as a number", async () => {
    const number = [
      op.global("numpy._core.multiarray", "scalar"),
      op.mark,
      type("f8"),
      bytes(new Uint8Array(Float64Array.of(0.25).buffer)),
    ];
    expect(await rootOf(pickled(...number, op.tuple, op.reduce))).toBe(0.25);
  });

  test("an array whose size differs from its bytes is reported as damage", async () => {
    const path = fileOf(torchArchive(dictPickle({ x: array("numpy.core", type("f8"), op.false, six) })));
    expect((await errorOf(openTorch(path))).message).toContain("has 24 bytes instead of 48");
  });
});

describe("the format before torch 1.6", () => {
  const pickle = dictPickle({
    a: tensorOps({ key: "x10", count: 4, shape: [2, 2], strides: [1, 2] }),
    b: tensorOps({ key: "x2", count: 2, shape: [2], strides: [1] }),
  });
  const storages = { x10: floats(1, 2, 3, 4), x2: floats(5, 6) };

  test("gives the same tensors", async () => {
    const tensors = await readTensorFile(fileOf(legacyArchive(pickle, storages)));
    expect(tensors).toEqual(
      new Map([
        ["a", float32([2, 2], Float32Array.of(1, 3, 2, 4))],
        ["b", float32([2], Float32Array.of(5, 6))],
      ]),
    );
  });

  test.each([
    ["truncated", legacyArchive(pickle, storages).subarray(0, -4), "cut off in its storage `x2`"],
    ["a storage missing", legacyArchive(pickle, { x10: storages.x10 }), "lacks the storage `x2`"],
    ["a storage too many", legacyArchive(pickle, { ...storages, x3: floats(1) }), "list of storages"],
    ["a storage of another size", legacyArchive(pickle, { ...storages, x10: floats(1, 2, 3) }), "has 3 elements"],
    ["the magic number alone", legacyArchive(pickle, storages).subarray(0, 15), "cut off"],
  ])("is reported as damaged: %s", async (_, bytes, words) => {
    const error = await errorOf(openTorch(fileOf(bytes)));
    expect(error.code).toBe("V921");
    expect(error.message).toContain(words);
  });
});
