// The sizes that data asks of a program, and what is fed to a program that is smaller than the data.
import { describe, expect, test } from "vitest";
import { buildGradient, type StageSpec } from "../../../compiler/index.js";
import { createReference } from "../../../runtime/engines/reference.js";
import { feed } from "../../../runtime/program/feed.js";
import { sizesKey, sizesOf } from "../../../runtime/program/sizes.js";
import { float32, int32, type Tensor } from "../../../runtime/tensor.js";
import { pairStage, tensorsFor } from "../../compiler/passes/pair-stage.js";
import { evaluate, expectClose } from "../../support/evaluate.js";

/** Masks [B, room] of texts of these lengths. */
function masks(room: number, lengths: readonly number[]): Tensor {
  const data = lengths.flatMap((length) => Array.from({ length: room }, (_, i) => Number(i < length)));
  return float32([lengths.length, room], Float32Array.from(data));
}

/** Labels [1, room] with something to tell at one place. */
function labelled(room: number, place: number): Tensor {
  return int32([1, room], new Int32Array(room).fill(-100).fill(7, place, place + 1));
}

const stage = pairStage();
const words = (tensors: ReadonlyMap<string, Tensor>): number | undefined => sizesOf(stage, { tensors, items: 1 }).words;

describe("a program has the tokens that the longest text of its data has", () => {
  test.each([
    ["up to a multiple of 8", 40, [3, 17], 24],
    ["exactly", 40, [16, 2], 16],
    ["but no more than there is room for", 30, [29], 30],
    ["of many tokens coarser, to be of few sizes", 196, [33], 64],
    ["at least some, where no text has any", 40, [0], 8],
  ])("%s: room for %d, lengths %j", (_, room, lengths, expected) => {
    expect(words(new Map([["text_masks", masks(room, lengths)]]))).toBe(expected);
  });

  test("and padding where a word is to be told there", () => {
    const tensors = new Map([["text_masks", masks(40, [5])], ["text_labels_mlm", labelled(40, 20)]]); // prettier-ignore
    expect(words(tensors)).toBe(24);
  });

  test("and nothing where there are no texts", () => {
    expect(words(new Map())).toBeUndefined();
  });
});

test("a program is another for another size", () => {
  const of = (length: number): string =>
    sizesKey(sizesOf(stage, { tensors: new Map([["text_masks", masks(40, [length])]]), items: 1 }));
  expect(of(7)).toBe(of(8));
  expect(of(8)).not.toBe(of(9));
});

describe("without the tokens that are padding in every text, losses and gradients are the same", () => {
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
