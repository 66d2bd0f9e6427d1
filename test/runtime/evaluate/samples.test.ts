// Examples of an evaluation, from small outputs with obvious results.
import { expect, test } from "vitest";
import type { HeadSpec } from "../../../compiler/index.js";
import { createTokenizer, type DataSet } from "../../../runtime/data/index.js";
import { samplesOf, spread, type Evaluated } from "../../../runtime/evaluate/samples.js";
import { float32, int32, type Tensor } from "../../../runtime/tensor.js";
import { sidesFor } from "../../support/retrieval.js";
import { specOf } from "../../support/specs.js";

const vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "red", "blue", "disc", "##s"];
const texts = ["a red disc", "a blue disc", "a disc", "red discs"];
const drawing = (key: string) => ({ kind: "drawing", key, svg: `<svg ${key}/>` }) as const;

const dataSet: DataSet = {
  name: "four",
  kind: "statements",
  supplies: new Set(["image", "text", "label"]),
  length: texts.length,
  digests: new Map(),
  item: (index) => ({
    name: `four/${index}`,
    images: [drawing(`picture ${index}`)],
    text: texts[index] ?? "",
    label: index % 2,
  }),
  classes: ["false", "true"],
};

function headOf(name: string): HeadSpec {
  const heads = [...specOf("test/fixtures/models/tiny.vlmo").stages.values()].flatMap((stage) => stage.heads);
  const head = heads.find((entry) => entry.name === name);
  if (head === undefined) throw new Error(`no head ${name}`);
  return head;
}

function evaluated(head: string, outputs: Record<string, Tensor>, tensors: Record<string, Tensor> = {}): Evaluated {
  const named = Object.entries(outputs).map(([name, tensor]) => [`${head}.${name}`, [tensor]] as [string, Tensor[]]);
  const batch = { indices: [0, 1, 2, 3], tensors: new Map(Object.entries(tensors)), count: texts.length };
  return {
    head: headOf(head),
    gathered: { dataSet, outputs: new Map(named), batches: [batch], captions: [] },
    tokenizer: createTokenizer(vocabulary),
  };
}

const matrix = (...rows: number[][]): Tensor =>
  float32([rows.length, rows[0]?.length ?? 0], Float32Array.from(rows.flat()));
const integers = (...rows: number[][]): Tensor =>
  int32([rows.length, rows[0]?.length ?? 0], Int32Array.from(rows.flat()));

test("a contrast shows the top three of every query, and the match at its rank", () => {
  const unit = [0, 1, 2, 3].map((i) => [0, 1, 2, 3].map((j) => (i === j ? 1 : 0)));
  // Image 0 ranks its text last; the others rank theirs first.
  const image = [[0, 3, 2, 1], ...unit.slice(1)];
  const vectors = { image: (item: number) => image[item] ?? [], text: (item: number) => unit[item] ?? [] };
  const { gathered, ...others } = evaluated("contrast", {});
  const retrieval = { sides: sidesFor(dataSet, vectors), ranks: new Map(), close: () => undefined };
  const samples = samplesOf({ ...others, gathered: { ...gathered, retrieval } });
  expect(samples).toHaveLength(6);
  expect(samples[0]).toEqual({
    form: "ranked",
    pictures: [drawing("picture 0")],
    text: undefined,
    ranked: [
      { text: "a blue disc", rank: 1, right: false },
      { text: "a disc", rank: 2, right: false },
      { text: "red discs", rank: 3, right: false },
      { text: "a red disc", rank: 4, right: true },
    ],
  });
  expect(samples.at(-1)).toMatchObject({ text: "red discs", pictures: [], ranked: [{ rank: 1, right: true }, {}, {}] });
});

test("masked words show the sentence with the predictions in place", () => {
  const ids = integers([2, 5, 6, 8, 3, 0], [2, 5, 7, 8, 3, 0], [2, 5, 8, 3, 0, 0], [2, 6, 8, 9, 3, 0]);
  const no = -100;
  const labels = integers(
    [no, no, 6, no, no, no],
    [no, no, 7, 8, no, no],
    [no, no, no, no, no, no],
    [no, 6, no, 9, no, no],
  );
  // One row of predictions for all masked positions, then unused capacity.
  const predicted = int32([8], Int32Array.of(6, 6, 8, 7, 9, 0, 0, 0));
  const tensors = { text_ids: ids, text_labels_mlm: labels };
  const samples = samplesOf(evaluated("pair_words", { predicted }, tensors));
  expect(samples.map((sample) => sample.form === "words" && sample.words)).toEqual([
    [{ text: "a" }, { text: "red", truth: "red" }, { text: "disc" }],
    [{ text: "a" }, { text: "red", truth: "blue" }, { text: "disc", truth: "disc" }],
    [{ text: "a" }, { text: "disc" }],
    [{ text: "blue", truth: "red" }, { text: "disc" }, { text: "s", truth: "s", joined: true }],
  ]);
});

test("a classifier shows its prediction with probability, and the target", () => {
  const logits = matrix([2, 0], [0, 0], [0, 3], [-1, 1]);
  const samples = samplesOf(evaluated("truth", { logits }));
  expect(
    samples.map((sample) => sample.form === "answer" && [sample.said, sample.truth, sample.sure.toFixed(2)]),
  ).toEqual([
    ["false", "false", "0.88"],
    ["false", "true", "0.50"],
    ["true", "false", "0.95"],
    ["true", "true", "0.88"],
  ]);
});

test("examples are taken at even intervals", () => {
  expect([spread(200, 4), spread(3, 4), spread(0, 4)]).toEqual([[25, 75, 125, 175], [0, 1, 2], []]);
});
