// Retrieval on an engine, against its definition: every image with every text, one pair at a time.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildForward, type EvaluationSpec } from "../../../compiler/index.js";
import { evaluationBatches, pairingOf, type DataSet, type Tokenizer } from "../../../runtime/data/index.js";
import { needsOf } from "../../../runtime/data/stage-data.js";
import { engines, type Engine } from "../../../runtime/engines/index.js";
import { evaluate } from "../../../runtime/evaluate/evaluate.js";
import { chanceOf, hitShare, ranksOf, reranked } from "../../../runtime/evaluate/retrieval.js";
import { feed } from "../../../runtime/program/feed.js";
import { sizesOf } from "../../../runtime/program/sizes.js";
import { stream } from "../../../runtime/random.js";
import { startOf } from "../../../runtime/test/train.js";
import { nothingHanded } from "../../../runtime/train/initialize.js";
import type { Tensor, Tensors } from "../../../runtime/tensor.js";
import { evaluate as runGraph } from "../../support/evaluate.js";
import { plainRanks, plainScorer, sidesFor } from "../../support/retrieval.js";
import { specIn, stageOf } from "../../support/specs.js";
import { opened } from "../../support/stage-data.js";
import { tinySpec } from "../cli/tiny.js";

const measured = "recall(1, 2, 3), recall(1, 2, 3, rerank: top(3, by: match)), batch: 3";
const spec = specIn(tinySpec.replace("layers: 1", "layers: 2").replace("recall(1), batch: 8", measured));
const stage = stageOf(spec, "second");
const heads = stage.learn.map(({ head }) => head);

let engine: Engine;
let dataSet: DataSet;
let tokenizer: Tokenizer | null;
let start: Tensors;

beforeAll(async () => {
  engine = await engines.ort({ threads: 1, backend: null });
  const evaluation = evaluationOf();
  const found = await opened({ ...stage, data: [evaluation.data] });
  // Five texts of three images, one of which matches two.
  const whole = found.dataSet;
  const pairs = [
    [0, 0],
    [0, 1],
    [1, 1],
    [2, 2],
    [2, 3],
    [2, 4],
  ] as const;
  const item = (index: number) => {
    const [image = 0, text = 0] = pairs[index] ?? [];
    return { ...whole.item(index), images: whole.item(image).images, text: `${whole.item(text).text ?? ""} ${text}` };
  };
  dataSet = { ...whole, length: pairs.length, item };
  tokenizer = found.tokenizer;
  start = await startOf(stage, nothingHanded);
  // Initial parameters hardly distinguish pairs.
  const random = stream(12, "parameters");
  for (const { dtype, data, shape } of start.values())
    if (dtype === "float32" && shape.length > 1) data.forEach((value, i) => (data[i] = value + 0.3 * random.normal()));
});
afterAll(() => engine.dispose());

function evaluationOf(): EvaluationSpec {
  const evaluation = spec.evaluations.get("retrieval");
  if (evaluation === undefined) throw new Error("no evaluation");
  return evaluation;
}

/** The results of `forward` for one image and one text: their similarity and matching logit. */
async function pairOf(image: number, text: number): Promise<{ score: number; said: number }> {
  const [shown, said] = [dataSet.item(image), dataSet.item(text).text ?? ""];
  const one: DataSet = { ...dataSet, length: 1, item: () => ({ ...shown, text: said }) };
  const needs = needsOf({ model: stage.model, heads, augment: [], tokenizer, images: 1 });
  for await (const { tensors } of evaluationBatches({ dataSet: one, needs, batch: 1, seed: 0 })) {
    const program = buildForward(stage, sizesOf(stage, { tensors, items: 1 }), heads);
    const fed = feed(program, { batch: tensors, items: 1, scalars: new Map(), noise: null }).tensors;
    const found = await runGraph(engine, program.graph, new Map([...start, ...fed]));
    const [a, b] = ["contrast.image", "contrast.text"].map((name) => [...(found.get(name)?.data ?? [])]);
    const score = (a ?? []).reduce((sum, value, i) => sum + value * (b?.[i] ?? 0), 0);
    return { score, said: found.get("match.logits")?.data[1] ?? Number.NaN };
  }
  throw new Error("no batch");
}

/** The first item of every image and of every text, and each image paired with each text. */
async function table() {
  const { images, texts, textsOf } = pairingOf(dataSet);
  const firsts = (numbers: Int32Array) => [...numbers.keys()].filter((i) => numbers.indexOf(numbers[i] ?? 0) === i);
  const sides = { image: firsts(images), text: firsts(texts) };
  const rows = [];
  for (const image of sides.image)
    for (const text of sides.text) {
      const right = textsOf[images[image] ?? 0]?.has(texts[text] ?? 0) === true;
      rows.push({ image, text, right, ...(await pairOf(image, text)) });
    }
  return rows;
}

/** Recall@k by sorting all candidates of each query. */
function byDefinition(
  rows: Awaited<ReturnType<typeof table>>,
  { from, k, top }: { from: "image" | "text"; k: number; top: number },
): number {
  const queries = [...new Set(rows.map((row) => row[from]))];
  const hits = queries.filter((query) => {
    const sorted = rows.filter((row) => row[from] === query).sort((a, b) => b.score - a.score);
    const first = sorted.slice(0, top).sort((a, b) => b.score + b.said - a.score - a.said);
    return [...first, ...sorted.slice(top)].slice(0, k).some(({ right }) => right);
  });
  return hits.length / queries.length;
}

test("recall equals its definition, with and without re-ranking", async () => {
  const parameters = new Map([...start].map(([name, tensor]) => [name, engine.create(copyOf(tensor))]));
  const { metrics } = await evaluate({ evaluation: evaluationOf(), stage, dataSet, tokenizer, engine, parameters });
  const wanted = new Map<string, number>();
  const rows = await table();
  for (const top of [0, 3])
    for (const from of ["image", "text"] as const)
      for (const k of [1, 2, 3]) {
        const name = `recall@${k} ${from === "image" ? "image→text" : "text→image"}${top === 0 ? "" : " (first 3 by match)"}`;
        wanted.set(name, byDefinition(rows, { from, k, top }));
      }
  expect(new Map(metrics.map(({ name, value }) => [name, value]))).toEqual(wanted);
  // Re-ranking must change a value for the test to be meaningful.
  const values = metrics.map(({ value }) => value);
  expect(values.slice(0, 6)).not.toEqual(values.slice(6));
});

const copyOf = (tensor: Tensor): Tensor => ({ ...tensor, data: tensor.data.slice() });

describe("the first candidates of every query", () => {
  const random = stream(5, "vectors");
  const unit = (): number[] => {
    // Few distinct values, so that many scores are tied.
    const values = Array.from({ length: 3 }, () => random.integer(3) - 1);
    const length = Math.hypot(...values) || 1;
    return values.map((value) => value / length);
  };
  const [images, texts] = [Array.from({ length: 23 }, unit), Array.from({ length: 41 }, unit)];
  const items = Array.from({ length: 41 }, (_, i) => ({
    name: String(i),
    images: [{ kind: "drawing", key: String(i % 23), svg: "" } as const],
    text: `text ${i}`,
  }));
  const made = { name: "made", kind: "pairs", supplies: new Set<never>(), digests: new Map() } as const;
  const set: DataSet = { ...made, length: 41, item: (i) => items[i] ?? { name: "", images: [] } };
  const sides = sidesFor(set, { image: (i) => images[i % 23] ?? [], text: (i) => texts[i] ?? [] });

  test.each([
    { images: 1, texts: 1 },
    { images: 4, texts: 7 },
    { images: 23, texts: 5 },
    { images: 100, texts: 100 },
  ])("are those of a full sort in blocks of $images × $texts, with equal ranks", async (size) => {
    const whole = await plainRanks(sides, { top: 0 });
    const found = await plainRanks(sides, { top: 6, size });
    const { scores, stride } = await plainScorer(sides)({ from: 0, count: 23 }, { from: 0, count: 41 });
    for (let image = 0; image < 23; image++) {
      const sorted = Array.from(scores.subarray(image * stride, (image + 1) * stride)).sort((a, b) => b - a);
      expect(found.image.first[image]?.map(({ score }) => score)).toEqual(sorted.slice(0, 6));
    }
    expect([found.image.places, found.text.places]).toEqual([whole.image.places, whole.text.places]);
  });

  test("ignore the padding of the engine's blocks", async () => {
    const plain = await plainRanks(sides, { top: 0 });
    const padded = await ranksOf(
      sides,
      async (rows, columns) => {
        const { scores } = await plainScorer(sides)(rows, columns);
        const stride = columns.count + 3;
        const wide = new Float32Array(rows.count * stride).fill(9);
        for (let i = 0; i < rows.count; i++)
          wide.set(scores.subarray(i * columns.count, (i + 1) * columns.count), i * stride);
        return { scores: wide, stride };
      },
      { top: 0, size: { images: 5, texts: 6 } },
    );
    expect(padded.image.places).toEqual(plain.image.places);
  });
});

test("a constant model that re-ranks by a constant reaches chance level", async () => {
  const made: DataSet = {
    ...{ name: "made", kind: "pairs", supplies: new Set<never>(), digests: new Map(), length: 20 },
    item: (i) => ({ name: String(i), text: `text ${i}`, images: [{ kind: "drawing", key: String(i), svg: "" }] }),
  };
  const sides = sidesFor(made, { image: () => [1, 0], text: () => [1, 0] });
  const { image, text } = reranked(await plainRanks(sides, { top: 6 }), sides, () => 0);
  for (const { places } of [image, text])
    for (const k of [1, 3, 6, 10]) {
      const hits = places.reduce((sum, place) => sum + hitShare(place, k), 0);
      expect(hits / 20, `at ${k}`).toBeCloseTo(chanceOf(1, 20, k), 12);
    }
});

test("an unreadable image is left out with the texts that only it has", async () => {
  const lost = { kind: "file", key: "gone", path: "/nowhere/gone.png", place: { file: "x.jsonl", line: 1 } } as const;
  const broken: DataSet = {
    ...dataSet,
    item: (index) => ({ ...dataSet.item(index), ...(index >= 3 && { images: [lost] }) }),
  };
  const parameters = new Map([...start].map(([name, tensor]) => [name, engine.create(copyOf(tensor))]));
  const { data, metrics: asked, ...others } = evaluationOf();
  const evaluation = { ...others, metrics: asked.slice(0, 1), data: { ...data, onError: "skip" } } as const;
  const { metrics } = await evaluate({ evaluation, stage, dataSet: broken, tokenizer, engine, parameters });
  expect(metrics[0]).toMatchObject({ items: 2, noun: "images", candidates: 2 });
  expect(metrics[3]).toMatchObject({ items: 2, noun: "texts", candidates: 2 });
});
