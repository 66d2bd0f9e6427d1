// Other contents of pickles: unknown classes and functions, never called; unbounded values, reported early.
import { existsSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { fullName, openTensors } from "../../../runtime/formats/tensor-file.js";
import { openTorch } from "../../../runtime/formats/torch-pickle.js";
import { dictPickle, floats, op, tensorOps, torchArchive } from "./build-files.js";
import { errorOf, torchFiles } from "./torch-files.js";

const { fileOf, pickled } = torchFiles();

describe("an unknown object", () => {
  const call = (module: string, name: string) => [
    op.global(module, name),
    op.mark,
    op.text("touch /tmp/vlmo-was-run"),
    op.tuple,
    op.reduce,
  ];
  const object = (name: string, more: object = {}) => ({ kind: "opaque", name, given: [], ...more });
  const given = ["touch /tmp/vlmo-was-run"];
  const entries = new Map([["lr", 3]]);
  const item = [op.text("lr"), op.int(3), op.setItem];
  test.each([
    ["a call of os.system", call("os", "system"), object("os.system", { given }), [["os.system", 1]]],
    [
      "a name by STACK_GLOBAL",
      [op.text("builtins"), op.text("eval"), op.stackGlobal],
      object("builtins.eval", { given: null }),
      [["builtins.eval", 0]],
    ],
    ["a call whose result is discarded", [...call("posix", "system"), op.pop, op.none], null, [["posix.system", 1]]],
    [
      "an object of a class with attributes",
      [op.global("argparse", "Namespace"), op.emptyTuple, op.newobj, op.emptyDict, ...item, op.build],
      object("argparse.Namespace", { state: entries }),
      [["argparse.Namespace", 1]],
    ],
    [
      "a subclass of dict",
      [op.global("omegaconf", "DictConfig"), op.emptyTuple, op.newobj, ...item],
      object("omegaconf.DictConfig", { dict: entries }),
      [["omegaconf.DictConfig", 1]],
    ],
    [
      "a subclass of list",
      [op.global("torch.fx", "immutable_list"), op.emptyTuple, op.newobj, op.int(3), op.append],
      object("torch.fx.immutable_list", { list: [3] }),
      [["torch.fx.immutable_list", 1]],
    ],
    [
      "a storage type called as a function",
      [op.global("torch", "FloatStorage"), op.emptyTuple, op.reduce],
      object("torch.Storage"),
      [["torch.Storage", 1]],
    ],
    [
      "an inherited property name of JavaScript objects",
      [op.global("torch", "constructor")],
      object("torch.constructor", { given: null }),
      [["torch.constructor", 0]],
    ],
  ] as const)("is kept opaque and reported by name: %s", async (_, ops, root, unknown) => {
    const file = await openTorch(pickled(...ops));
    await file.close();
    expect(file.root).toEqual(root);
    expect([...file.unknown]).toEqual(unknown);
    expect(existsSync("/tmp/vlmo-was-run")).toBe(false);
  });

  test("that is a storage is reported with its tensor, and other tensors are read", async () => {
    const pickle = dictPickle({
      known: tensorOps({ count: 6, shape: [2], strides: [1] }),
      quantized: tensorOps({ type: "QInt8Storage", count: 3, shape: [1], strides: [1] }),
    });
    const file = await openTorch(fileOf(torchArchive(pickle, { 0: floats(0, 1, 2, 3, 4, 5) })));
    await file.close();
    const found = file.root instanceof Map ? [...file.root] : [];
    expect(found).toMatchObject([
      ["known", { kind: "tensor" }],
      ["quantized", { kind: "opaque", name: "torch.QInt8Storage" }],
    ]);
  });

  test.each([
    [
      "a string called as a function",
      [op.text("os.system"), op.emptyTuple, op.reduce],
      "os.system, which is no function",
    ],
    ["state on a number", [op.int(3), op.emptyDict, op.build], "sets the state of 3"],
    ["state on a tensor", [tensorOps({ count: 6, shape: [1], strides: [1] }), op.emptyDict, op.build], "torch.Tensor"],
  ] as const)("is reported as damage: %s", async (_, ops, words) => {
    const error = await errorOf(openTorch(pickled(...ops)));
    expect(error.code).toBe("V921");
    expect(error.message).toContain(words);
  });

  test("that is missing from the pickle is refused", async () => {
    const path = pickled(Buffer.from([0x97]));
    const error = await errorOf(openTorch(path));
    expect(error).toMatchObject({ code: "V925", file: path });
    expect(error.message).toContain("`the pickle operation NEXT_BUFFER`");
  });
});

describe("the cost of a pickle", () => {
  const text = (value: string) => op.text(value);
  const many = (ops: Buffer[], times: number) => [Buffer.concat(Array<Buffer>(times).fill(Buffer.concat(ops)))];
  const inPieces = (ops: Buffer[], times: number) => [
    op.emptyList,
    ...many([op.mark, ...many(ops, 50_000), op.appends], times),
  ];
  test.each([
    ["millions of empty dicts", inPieces([op.emptyDict], 40)],
    ["millions of empty lists", inPieces([op.emptyList], 90)],
    [
      "many calls with one long list",
      [
        op.mark,
        ...many([op.none], 50_000),
        op.tuple,
        op.put(1),
        op.global("a", "b"),
        op.put(0),
        ...inPieces([op.get(0), op.get(1), op.reduce], 1),
      ],
    ],
    [
      "many copies of one text",
      [
        text("a".repeat(100_000)),
        text("latin1"),
        Buffer.from([0x86]),
        op.put(1),
        op.global("_codecs", "encode"),
        op.put(0),
        ...inPieces([op.get(0), op.get(1), op.reduce], 1),
      ],
    ],
  ] as const)("is limited: %s are reported early", async (_, ops) => {
    const error = await errorOf(openTorch(pickled(...ops)));
    expect(error.code).toBe("V921");
    expect(error.message).toContain("it describes more values than a file of tensors has");
  });

  test("does not include converting nested keys to text", async () => {
    // As text the first would have 2⁴⁰ characters; the second is nested 200,000 deep.
    const laughs = [text("lol"), ...many([Buffer.from("2"), Buffer.from([0x86])], 40)];
    const deep = [op.none, ...many([op.tuple1], 200_000)];
    const tensor = tensorOps({ count: 6, shape: [1], strides: [1] });
    for (const key of [laughs, deep]) {
      const path = pickled(op.emptyDict, ...key, op.none, op.setItem, text("x"), tensor, op.setItem);
      const file = await openTensors(path);
      await file.close();
      expect(file.tensors.map((found) => found.key)).toEqual(["x"]);
      expect(file.others).toEqual([{ nest: [], key: expect.stringMatching(/^\(a list of [12]\)$/), what: "None" }]);
    }
  });

  test("is bounded for nested lists, a list in itself and a shared dict", async () => {
    const deep = [...many([op.emptyList], 5000), ...many([op.append], 4999)];
    const self = [op.emptyList, op.put(1), op.get(1), op.append];
    const shared = [op.emptyDict, op.put(2), text("w"), tensorOps({ count: 6, shape: [1], strides: [1] }), op.setItem];
    const dict = [text("deep"), ...deep, op.setItem, text("self"), ...self, op.setItem];
    const path = pickled(
      op.emptyDict,
      ...dict,
      text("model"),
      ...shared,
      op.setItem,
      text("ema"),
      op.get(2),
      op.setItem,
    );
    const file = await openTensors(path);
    await file.close();
    expect(file.tensors.map(fullName)).toEqual(["model.w"]);
    expect(file.others.map(({ key, what }) => `${key}: ${what}`)).toEqual([
      "deep: a list of 1",
      "self: a list of 1",
      "ema: the same as `model`",
    ]);
  });
});
