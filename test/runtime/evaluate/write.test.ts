// A small model overfits the captions of a few images and generates each image's own.
import { afterAll, beforeAll, expect, test } from "vitest";
import type { DataSet } from "../../../runtime/data/index.js";
import { engines, type Engine } from "../../../runtime/engines/index.js";
import { evaluate, type Evaluation } from "../../../runtime/evaluate/evaluate.js";
import { trainSteps } from "../../../runtime/test/train.js";
import { nothingHanded } from "../../../runtime/train/initialize.js";
import { specIn, stageOf } from "../../support/specs.js";
import { opened } from "../../support/stage-data.js";

const text = `vlmo 1
model Tiny {
  layers: 2
  width: 32
  attention { heads: 2, position: relative(span: 32) }
  layer_scale: none
  image { size: 32px, patch: 16px }
  text { tokenizer: wordpiece(vocabulary: 200), length: 32 }
  experts { vision: ffn(image, ratio: 2) on all, language: ffn(text, ratio: 2) on all, fusion: ffn(pair, ratio: 2) on top 1 }
}
data world: pairs { format: shapes, scenes: 5 }
head telling: caption(pair.causal)
stage s {
  model: Tiny
  data: world
  learn: telling
  train: all
  batch: 5
  steps: 250
  optimizer: adamw(lr: 4e-3, clip: 1)
  schedule: cosine(warmup: 20 steps)
}
evaluate captions on world using s { bleu, rouge, cider, perplexity, batch: 3 }
`;

let engine: Engine;
let dataSet: DataSet;
let results: Evaluation;

beforeAll(async () => {
  const spec = specIn(text);
  const [stage, evaluation] = [stageOf(spec, "s"), spec.evaluations.get("captions")];
  if (evaluation === undefined) throw new Error("no evaluation of captions");
  engine = await engines.ort({ threads: 1, backend: null });
  const { tokenizer, ...found } = await opened(stage);
  dataSet = found.dataSet;
  const trained = await trainSteps({ stage, duration: null, dataSet, tokenizer, engine, handed: nothingHanded });
  const parameters = new Map([...trained.end].map(([name, tensor]) => [name, engine.create(tensor)]));
  results = await evaluate({ evaluation, stage, dataSet, tokenizer, engine, parameters });
});
afterAll(() => engine.dispose());

test("generated captions score far higher with their own image than with others", () => {
  const value = (name: string) => results.metrics.find((metric) => metric.name === `telling ${name}`);
  for (const name of ["bleu", "rouge", "cider"]) {
    expect(value(name)).toMatchObject({ items: 5, noun: "images", unit: "score" });
    expect(value(name)?.value).toBeGreaterThan(1.5 * (value(name)?.chance ?? Infinity));
  }
  expect(value("perplexity")?.value).toBeLessThan(10);
});

test("examples show the generated caption beside all references of the image", () => {
  expect(results.samples).toHaveLength(5);
  for (const sample of results.samples) {
    if (sample.form !== "caption") throw new Error(`an example of the form ${sample.form}`);
    const own = Array.from({ length: dataSet.length }, (_, i) => dataSet.item(i)).find(
      ({ images }) => images[0]?.key === sample.pictures[0]?.key,
    );
    expect(sample.references).toEqual([own?.text]);
    expect(sample.said).toMatch(/^[a-z][a-z ,.:]+$/);
  }
});
