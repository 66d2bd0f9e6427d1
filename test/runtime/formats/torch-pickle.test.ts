import { writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readTensorFile } from "../../../runtime/checkpoint/source.js";
import { VlmoError } from "../../../runtime/errors/vlmo-error.js";
import { openTensors } from "../../../runtime/formats/tensor-file.js";
import { openTorch } from "../../../runtime/formats/torch-pickle.js";
import { float32, int32 } from "../../../runtime/tensor.js";
import { dictPickle, floats, legacyArchive, op, tensorOps, torchArchive, zip } from "./build-files.js";
import { errorOf, torchFiles } from "./torch-files.js";

const { folder, fileOf, pickled, rootOf } = torchFiles();

describe("plain data is read:", () => {
  test.each([
    [
      "numbers",
      [op.mark, op.int(-3), op.float(0.5), op.long([0, 1]), op.long([0xff]), op.long([]), op.tuple],
      [-3, 0.5, 256, -1, 0],
    ],
    ["a large integer", [op.long([0, 0, 0, 0, 0, 0, 0, 0, 1])], 2n ** 64n],
    ["constants", [op.mark, op.none, op.true, op.false, op.tuple], [null, true, false]],
    ["nested lists", [op.emptyList, op.mark, op.text("é"), op.emptyTuple, op.appends], ["é", []]],
    [
      "a dict with `__proto__`",
      [op.emptyDict, op.text("__proto__"), op.int(1), op.setItem],
      new Map([["__proto__", 1]]),
    ],
    ["shared values", [op.emptyList, op.put(7), op.get(7), op.tuple1, op.append], undefined],
    [
      "an ordered dict",
      [op.global("collections", "OrderedDict"), op.emptyTuple, op.reduce, op.text("a"), op.int(1), op.setItem],
      new Map([["a", 1]]),
    ],
    ["an element type", [op.global("torch", "float32")], "torch.float32"],
    ["a Size", [op.global("torch", "Size"), op.mark, op.int(2), op.int(3), op.tuple, op.tuple1, op.reduce], [2, 3]],
    ["protocol 4 globals", [op.text("torch"), op.text("bfloat16"), op.stackGlobal, op.memoize], "torch.bfloat16"],
  ] as const)("%s", async (_, ops, expected) => {
    const root = await rootOf(pickled(...ops));
    if (expected !== undefined) expect(root).toEqual(expected);
    else expect((root as unknown[])[0]).toSatisfy((inner: unknown[]) => inner[0] === root);
  });

  test("without the `_metadata` of a module's state dict", async () => {
    const dict = [op.global("collections", "OrderedDict"), op.emptyTuple, op.reduce];
    const state = [op.emptyDict, op.text("_metadata"), ...dict, op.setItem];
    expect(await rootOf(pickled(...dict, op.text("a"), op.int(1), op.setItem, ...state, op.build))).toEqual(
      new Map([["a", 1]]),
    );
  });
});

describe("tensors", () => {
  const six = floats(0, 1, 2, 3, 4, 5);
  test.each([
    ["contiguous", { count: 6, shape: [2, 3], strides: [3, 1] }, [0, 1, 2, 3, 4, 5]],
    ["transposed", { count: 6, shape: [3, 2], strides: [1, 3] }, [0, 3, 1, 4, 2, 5]],
    ["a slice", { count: 6, offset: 1, shape: [2, 2], strides: [3, 1] }, [1, 2, 4, 5]],
    ["every other element", { count: 6, offset: 1, shape: [3], strides: [2] }, [1, 3, 5]],
    ["expanded", { count: 6, offset: 4, shape: [2, 2], strides: [0, 1] }, [4, 5, 4, 5]],
    ["a scalar", { count: 6, offset: 5, shape: [], strides: [] }, [5]],
    ["empty", { count: 6, offset: 6, shape: [0, 3], strides: [3, 1] }, []],
    ["unusual strides of dimensions of size 1", { count: 6, offset: 2, shape: [1, 1, 2], strides: [9, 2, 1] }, [2, 3]],
  ] as const)("%s", async (_, parts, values) => {
    const path = fileOf(torchArchive(dictPickle({ x: tensorOps(parts) }), { 0: six }));
    expect(await readTensorFile(path)).toEqual(new Map([["x", float32(parts.shape, Float32Array.from(values))]]));
  });

  const marked = (mark: string, isSet = op.true) => Buffer.concat([op.emptyDict, op.text(mark), isSet, op.setItem]);
  test.each([
    ["without flags", op.emptyDict, [1, 2]],
    ["None in place of flags", op.none, [1, 2]],
    ["the flag `neg`, as of the imaginary part of a conjugate", marked("neg"), [-1, -2]],
    ["the flag `neg`, unset", marked("neg", op.false), [1, 2]],
  ] as const)("%s", async (_, metadata, values) => {
    const x = tensorOps({ count: 6, offset: 1, shape: [2], strides: [1], metadata });
    const read = await readTensorFile(fileOf(torchArchive(dictPickle({ x }), { 0: six })));
    expect(read.get("x")?.data).toEqual(Float32Array.from(values));
  });

  const [one, pair] = [
    { count: 1, shape: [1], strides: [1] },
    { count: 2, shape: [2], strides: [1] },
  ];
  test.each([
    ["conjugates", { ...one, type: "ComplexFloatStorage", metadata: marked("conj") }, "complex numbers, which are"],
    ["complex numbers", { ...one, type: "ComplexFloatStorage" }, "complex numbers, which are not read"],
    ["an unknown flag", { ...pair, metadata: marked("zoom") }, "numbers marked `zoom`, which are not those"],
    ["integers with the flag `neg`", { ...pair, type: "IntStorage", metadata: marked("neg") }, "numbers marked `neg`"],
  ] as const)("%s are reported, not read as stored", async (_, parts, words) => {
    const bytes = new Uint8Array(8);
    const here = tensorOps({ count: 6, shape: [1], strides: [1] });
    const pickle = dictPickle({ here, x: tensorOps({ ...parts, key: "1" }) });
    for (const file of [torchArchive(pickle, { 0: six, 1: bytes }), legacyArchive(pickle, { 0: six, 1: bytes })]) {
      const found = await openTensors(fileOf(file));
      await found.close();
      expect(found.tensors.map(({ key }) => key)).toEqual(["here"]);
      expect(found.others).toEqual([{ nest: [], key: "x", what: expect.stringContaining(words) }]);
    }
    const alone = fileOf(torchArchive(dictPickle({ x: tensorOps({ ...parts, key: "1" }) }), { 1: bytes }));
    expect((await errorOf(readTensorFile(alone))).message).toContain(`it holds no tensors, but ${words}`);
  });

  test("tensors may share a storage, and a Parameter is read as its tensor", async () => {
    const parameter = Buffer.concat([
      ...[op.global("torch._utils", "_rebuild_parameter"), op.mark],
      tensorOps({ count: 6, offset: 3, shape: [3], strides: [1] }),
      ...[op.true, op.global("collections", "OrderedDict"), op.emptyTuple, op.reduce, op.tuple, op.reduce],
    ]);
    const path = fileOf(
      torchArchive(dictPickle({ a: tensorOps({ count: 6, shape: [3], strides: [1] }), b: parameter }), { 0: six }),
    );
    const tensors = await readTensorFile(path);
    expect([...tensors.values()].map(({ data }) => [...data])).toEqual([
      [0, 1, 2],
      [3, 4, 5],
    ]);
  });

  test("integer and half storages are converted to host types", async () => {
    const pickle = dictPickle({
      long: tensorOps({ type: "LongStorage", key: "l", count: 2, shape: [2], strides: [1] }),
      half: tensorOps({ type: "HalfStorage", key: "h", count: 2, shape: [2], strides: [1] }),
    });
    const storages = {
      l: new Uint8Array(BigInt64Array.of(-4n, 9n).buffer),
      h: new Uint8Array(Uint16Array.of(0x3c00, 0xc000).buffer),
    };
    expect(await readTensorFile(fileOf(torchArchive(pickle, storages)))).toEqual(
      new Map([
        ["long", int32([2], Int32Array.of(-4, 9))],
        ["half", float32([2], Float32Array.of(1, -2))],
      ]),
    );
  });

  test.each([
    ["a shape beyond its storage", { count: 6, shape: [7], strides: [1] }, "reaches out of its storage of 6 elements"],
    ["an offset beyond its storage", { count: 6, offset: 6, shape: [1], strides: [1] }, "reaches out"],
    ["strides beyond its storage", { count: 6, shape: [2, 2], strides: [5, 1] }, "reaches out"],
    ["a negative stride", { count: 6, shape: [2], strides: [-1] }, "is not described by"],
    ["a negative size", { count: 6, shape: [-2], strides: [1] }, "is not described by"],
    ["a negative offset", { count: 6, offset: -1, shape: [2], strides: [1] }, "is not described by"],
    ["strides of another rank", { count: 6, shape: [2, 1], strides: [1] }, "2 sizes and 1 strides"],
    ["a tensor expanded without bound", { count: 6, shape: [2 ** 20, 2 ** 10], strides: [0, 0] }, "repeats a storage"],
    ["a storage larger than its record", { count: 7, shape: [1], strides: [1] }, "no record `data/0` of 28 bytes"],
    ["a missing storage", { key: "../x", count: 1, shape: [1], strides: [1] }, "no record `data/../x`"],
  ] as const)("%s is refused", async (_, parts, words) => {
    const error = await errorOf(openTorch(fileOf(torchArchive(dictPickle({ x: tensorOps(parts) }), { 0: six }))));
    expect(error.code).toBe("V921");
    expect(error.message).toContain(words);
  });

  test("sizes are copied before they are checked", async () => {
    const tensor = Buffer.concat([
      ...[op.emptyList, op.int(2), op.append, op.put(1), op.global("torch._utils", "_rebuild_tensor_v2"), op.mark],
      ...[
        op.mark,
        op.text("storage"),
        op.global("torch", "FloatStorage"),
        op.text("0"),
        op.text("cpu"),
        op.int(6),
        op.tuple,
        op.persid,
      ],
      ...[op.int(0), op.get(1), op.mark, op.int(1), op.tuple, op.tuple, op.reduce, op.put(2)],
      ...[op.get(1), op.int(1000000), op.append, op.get(2)],
    ]);
    const dict = Buffer.concat([
      op.proto(),
      tensor,
      op.put(3),
      op.emptyDict,
      op.text("x"),
      op.get(3),
      op.setItem,
      op.stop,
    ]);
    expect((await readTensorFile(fileOf(torchArchive(dict, { 0: six })))).get("x")?.shape).toEqual([2]);
  });

  test("an implausible number of tensors in one storage is refused", async () => {
    const big = new Uint8Array(4 * 2_000_000);
    const one = tensorOps({ count: 2_000_000, shape: [2_000_000], strides: [1] });
    const pickle = Buffer.concat([
      op.proto(),
      op.emptyList,
      op.mark,
      ...Array<Buffer>(60).fill(one),
      op.appends,
      op.stop,
    ]);
    const error = await errorOf(openTorch(fileOf(torchArchive(pickle, { 0: big }))));
    expect(error.message).toContain("far more than the file");
  });
});

describe("damaged pickles", () => {
  const deep = Buffer.concat([op.proto(), Buffer.alloc(1_100_000, "("), op.stop]);
  test.each([
    ["no STOP", Buffer.concat([op.proto(), op.none]), "cut off"],
    ["an empty stack", Buffer.concat([op.proto(), op.stop]), "empty stack"],
    ["an unmatched MARK", Buffer.concat([op.proto(), op.tuple, op.stop]), "mark it never opened"],
    ["an unknown operation", Buffer.from([0x80, 2, 0xff]), "0xff, is no operation"],
    ["a newer protocol", Buffer.from([0x80, 6, 0x4e, 0x2e]), "protocol 6"],
    ["a text longer than the pickle", Buffer.from([0x58, 0xff, 0xff, 0xff, 0x7f]), "cut off"],
    ["a memo entry never stored", Buffer.concat([op.proto(), op.get(9), op.stop]), "value 9, which it never stored"],
    [
      "a key without a value",
      Buffer.concat([op.proto(), op.emptyDict, op.mark, op.none, op.setItems, op.stop]),
      "key without a value",
    ],
    ["items of a list", Buffer.concat([op.proto(), op.emptyList, op.none, op.none, op.setItem, op.stop]), "no dict"],
    ["appending to a number", Buffer.concat([op.proto(), op.int(1), op.none, op.append, op.stop]), "no list"],
    ["a string as a storage id", Buffer.concat([op.proto(), op.text("x"), op.persid, op.stop]), "refers to x"],
    ["a million unmatched MARKs", deep, "more than 1000000 values"],
    [
      "a value that doubles itself repeatedly",
      Buffer.concat([op.proto(), op.none, Buffer.alloc(1_100_000, "2"), op.stop]),
      "more than 1000000 values",
    ],
  ] as const)("%s", async (_, pickle, words) => {
    const error = await errorOf(openTorch(fileOf(torchArchive(pickle))));
    expect(error.code).toBe("V921");
    expect(error.message).toContain(words);
  });
});

describe("archives", () => {
  const pickle = dictPickle({});
  const main = { name: "a/data.pkl", data: pickle };
  const withoutBytes = (bytes: Buffer, from: number, to: number) =>
    Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)]);
  const overlapping = Array.from({ length: 9 }, (_, i) => ({ name: `a/data/${i}`, data: pickle, claimed: 900 }));
  test.each([
    ["a zip without a pickle", zip([{ name: "a/readme", data: pickle }]), "V924", "without the data.pkl"],
    ["a compressed record", zip([{ ...main, method: 8 }]), "V924", "compressed"],
    ["an encrypted record", zip([{ ...main, flags: 1 }]), "V924", "encrypted"],
    ["a TorchScript archive", zip([main, { name: "a/constants.pkl", data: pickle }]), "V924", "TorchScript"],
    [
      "one of torch 2.13, whose code is compressed",
      zip([{ name: "a/code/x.py", data: pickle, method: 8 }, main, { name: "a/constants.pkl", data: pickle }]),
      "V924",
      "it is a TorchScript archive",
    ],
    ["a compressed .npz", zip([{ name: "w.npy", data: pickle, method: 8 }]), "V924", "it is NumPy's .npz"],
    [
      "a compressed archive around a file",
      zip([{ name: "m/a.pt", data: pickle, method: 8 }]),
      "V924",
      "a zip archive that holds `m/a.pt`",
    ],
    [
      "big-endian numbers",
      zip([main, { name: "a/byteorder", data: Buffer.from("big") }]),
      "V924",
      "byte order is `big`",
    ],
    [
      "a record larger than the file",
      zip([{ ...main, claimed: 1_000_000 }]),
      "V921",
      "`a/data.pkl` does not lie within",
    ],
    [
      "records that overlap",
      zip([main, ...overlapping, { name: "a/z", data: new Uint8Array(1000) }]),
      "V921",
      "larger than the file",
    ],
    ["a record twice", zip([main, main]), "V921", "twice"],
    ["a parent path", zip([{ ...main, name: "../data.pkl" }]), "V921", "the directory at its end is not that"],
    ["a truncated archive", torchArchive(pickle).subarray(0, 120), "V921", "cut off: its zip archive has no directory"],
    [
      "an archive with missing bytes",
      withoutBytes(torchArchive(pickle), 60, 69),
      "V921",
      "the directory at its end is not that",
    ],
  ] as const)("%s", async (_, bytes, code, words) => {
    const error = await errorOf(openTorch(fileOf(bytes)));
    expect(error.message).toContain(words);
    expect(error.code).toBe(code);
    expect(error.message).not.toMatch(/signature|invalid|expected/i);
    if (code === "V924") expect(error.help).toMatch(/save|unzip/);
  });

  test("any mutation of a valid file gives a typed error or a valid read", async () => {
    const pieces = {
      x: tensorOps({ count: 6, shape: [3, 2], strides: [1, 3] }),
      y: Buffer.concat([op.emptyList, op.int(4), op.append]),
    };
    const valid = torchArchive(dictPickle(pieces), { 0: floats(0, 1, 2, 3, 4, 5) });
    const path = join(folder, "mutated.pt");
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(valid.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        fc.nat(valid.length),
        async (mutations, cut) => {
          const bytes = Buffer.from(valid.subarray(0, cut % 8 === 0 ? cut : valid.length));
          for (const [at, value] of mutations) bytes[at] = value;
          writeFileSync(path, bytes);
          const result = await readTensorFile(path).catch((error: unknown) => error);
          expect(result, String(result)).toSatisfy(
            (value: unknown) => value instanceof VlmoError || value instanceof Map,
          );
        },
      ),
      { numRuns: 600, seed: 3 },
    );
  });
});
