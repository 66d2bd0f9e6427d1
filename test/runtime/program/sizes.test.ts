// Program sizes chosen by the data, and batches cut to a smaller program.
import { describe, expect, test } from "vitest";
import { buildGradient, type StageSpec } from "../../../compiler/index.js";
import { createReference } from "../../../runtime/engines/reference.js";
import { feed } from "../../../runtime/program/feed.js";
import { sizesKey, sizesOf } from "../../../runtime/program/sizes.js";
import { float32, int32, type Tensor } from "../../../runtime/tensor.js";
import { pairStage, tensorsFor } from "../../compiler/passes/pair-stage.js";
import { evaluate, expectClose } from "../../support/evaluate.js";

/** Masks [B, capacity] of texts of these lengths. */
function masks(room: number, lengths: readonly number[]): Tensor {
  const data = lengths.flatMap((length) => Array.from({ length: room }, (_, i) => Number(i < length)));
  return float32([lengths.length, room], Float32Array.from(data));
}

/** Labels [1, capacity] with a target at one position. */
function labelled(room: number, place: number): Tensor {
  return int32([1, room], new Int32Array(room).fill(-100).fill(7, place, place + 1));
}

const stage = pairStage();
const words = (tensors: ReadonlyMap<string, Tensor>): number | undefined => sizesOf(stage, { tensors, items: 1 }).words;

describe("a program's number of tokens is the length of the longest text", () => {
  test.each([
    ["rounded up to a multiple of 8", 40, [3, 17], 24],
    ["exactly", 40, [16, 2], 16],
    ["limited by the capacity", 30, [29], 30],
    ["rounded more coarsely for long texts, to have few sizes", 196, [33], 64],
    ["at least the minimum without any text", 40, [0], 8],
  ])("%s: capacity %d, lengths %j", (_, room, lengths, expected) => {
    expect(words(new Map([["text_masks", masks(room, lengths)]]))).toBe(expected);
  });

  test("including padding with a target", () => {
    const tensors = new Map([["text_masks", masks(40, [5])], ["text_labels_mlm", labelled(40, 20)]]); // prettier-ignore
    expect(words(tensors)).toBe(24);
  });

  test("unchanged without texts", () => {
    expect(words(new Map())).toBeUndefined();
  });
});

test("another size is another program", () => {
  const of = (length: number): string =>
    sizesKey(sizesOf(stage, { tensors: new Map([["text_masks", masks(40, [length])]]), items: 1 }));
  expect(of(7)).toBe(of(8));
  expect(of(8)).not.toBe(of(9));
});

describe("dropping tokens that are padding in every text preserves losses and gradients", () => {
  const small = { layers: 2, width: 8 };
  const stages: readonly [string, StageSpec][] = [
    ["relative positions", pairStage({ ...small, text: 12, batch: 3 })],
    ["absolute positions", pairStage({ ...small, text: 12, batch: 3, position: "absolute" })],
    ["a contrast through the pair experts", pairStage({ ...small, text: 12, batch: 3, fused: true })],
  ];
  test.each(stages)("with %s", async (_, pairs) => {
    const capacity = new Map([["mlm", 4]]);
    const [whole, short] = [
      { batch: 3, capacity },
      { batch: 3, capacity, words: 8 },
    ].map((sizes) => buildGradient(pairs, sizes));
    if (whole === undefined || short === undefined) throw new Error("two programs");
    expect(short.graph.inputs.find(({ name }) => name === "text_ids")?.value.type.shape).toEqual([3, 8]);
    const given = tensorsFor(whole, pairs);
    given.set("text_masks", masks(12, [8, 5, 7]));
    given.set("text_labels_mlm", int32([3, 12], Int32Array.from({ length: 36 }, (_, i) => (i % 9 === 1 && i % 12 < 8 ? i % 5 : -100)))); // prettier-ignore
    const outputs = [];
    for (const program of [whole, short]) {
      const batch = new Map([...given].filter(([name]) => !name.startsWith("mlm.")));
      const { tensors, missing } = feed(program, { batch, items: 3, scalars: new Map(), noise: null });
      expect(missing).toEqual([]);
      outputs.push(await evaluate(createReference(), program.graph, new Map([...given, ...tensors])));
    }
    const [wanted, got] = outputs;
    expect([...(got?.keys() ?? [])]).toEqual([...(wanted?.keys() ?? [])]);
    for (const [name, tensor] of wanted ?? []) {
      expectClose(got?.get(name), tensor, { absolute: 1e-13, relative: 1e-11 });
    }
  });
});
