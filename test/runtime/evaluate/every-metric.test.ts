// Every metric that a kind of head offers has values, on an untrained model.
import { afterAll, beforeAll, expect, test } from "vitest";
import type { HeadKind } from "../../../compiler/index.js";
import { headKinds, ruleOf } from "../../../compiler/heads/index.js";
import { engines, type Engine } from "../../../runtime/engines/index.js";
import { evaluate } from "../../../runtime/evaluate/evaluate.js";
import { headOf, valueNames } from "../../../runtime/evaluate/metric-names.js";
import { startOf } from "../../../runtime/test/train.js";
import { nothingHanded } from "../../../runtime/train/initialize.js";
import { specIn, stageOf } from "../../support/specs.js";
import { opened } from "../../support/stage-data.js";

interface Learnt {
  readonly data: string;
  readonly head: string;
  /** The initialisation of the stage, by default scratch. */
  readonly begins?: string;
  /** Further heads to train. */
  readonly more?: string;
  /** The metrics to measure, by default all that the kind offers. */
  readonly metrics?: readonly string[];
}

/** Heads of each kind, with data that supply their targets. */
const heads: { readonly [Kind in HeadKind]: readonly Learnt[] } = {
  masked_patches: [
    { data: "images", head: "masked_patches(image.patches) { targets: tokens(codes) }", begins: "of_codes" },
  ],
  visual_tokenizer: [{ data: "images", head: "visual_tokenizer(image) { codes: 12, hidden: 4 }" }],
  masked_tokens: [{ data: "texts", head: "masked_tokens(text.tokens)" }],
  contrastive: [{ data: "pairs", head: "contrastive(image.cls, text.cls)" }],
  matching: [{ data: "pairs", head: "matching(pair.pooled) { negatives: hard(contrast) }", more: " + contrast" }],
  classify: [
    { data: "statements", head: "classify(pair.pooled) { classes: 2 }", metrics: ["accuracy", "consistency"] },
    {
      data: "questions",
      head: "classify(pair.pooled) { answers: answers(count: 29), loss: bce }",
      metrics: ["vqa_score"],
    },
  ],
  compare: [{ data: "statements", head: "compare(pair[1].pooled, pair[2].pooled)" }],
  segment: [{ data: "masks", head: "segment(image.layer(1)) { classes: 8, hidden: 2 }" }],
  caption: [{ data: "pairs", head: "caption(pair.causal) { beams: 1 }" }],
};

let engine: Engine;
beforeAll(async () => {
  engine = await engines.ort({ threads: 1, backend: null });
});
afterAll(() => engine.dispose());

const rows = headKinds.flatMap((kind) => heads[kind].map((learnt) => ({ kind, ...learnt })));

test("every metric of every kind of head is covered", () => {
  for (const kind of headKinds) {
    const all = ruleOf({ kind }).metrics;
    expect([kind, new Set(heads[kind].flatMap(({ metrics = all }) => metrics))]).toEqual([kind, new Set(all)]);
  }
});

test.each(rows)("$head on $data", async ({ kind, data, head, ...others }) => {
  const { begins = "scratch", more = "", metrics = ruleOf({ kind }).metrics } = others;
  const images = kind === "compare" ? 2 : 1;
  const spec = specIn(`vlmo 1
model Tiny {
  layers: 2
  width: 8
  attention { heads: 2 }
  image { size: 8px, patch: 4px, types: ${images} }
  text { tokenizer: wordpiece(vocabulary: 60), length: 8 }
  experts { vision: ffn(image) on all, language: ffn(text) on all, fusion: ffn(pair) on all }
}
data scenes: images { format: shapes, scenes: 6 }
data given: ${data} { format: shapes, scenes: 6, images: ${images} }
head codes: visual_tokenizer(image) { codes: 12, hidden: 4 }
head contrast: contrastive(image.cls, text.cls)
head measured: ${head}
stage of_codes { model: Tiny, data: scenes, learn: codes, train: all, batch: 4, steps: 1, optimizer: adamw(lr: 1e-3) }
stage s from ${begins} { model: Tiny, data: given, learn: measured${more}, train: all, batch: 4, steps: 1, optimizer: adamw(lr: 1e-3) }
evaluate all on given using s { ${metrics.map((name) => `${name}(head: measured)`).join(", ")}, batch: 4 }
`);
  const [stage, evaluation] = [stageOf(spec, "s"), spec.evaluations.get("all")];
  if (evaluation === undefined) throw new Error("no evaluation");
  const { dataSet, tokenizer } = await opened(stage);
  const begun = await startOf(stage, nothingHanded);
  const parameters = new Map([...begun].map(([name, tensor]) => [name, engine.create(tensor)]));
  const results = await evaluate({ evaluation, stage, dataSet, tokenizer, engine, parameters });
  const named = evaluation.metrics.flatMap((metric) => valueNames(metric, headOf(metric, stage)));
  expect(results.metrics.map(({ name }) => name)).toEqual(named);
  expect(results.metrics.length).toBeGreaterThanOrEqual(metrics.length);
  for (const { name, value, items } of results.metrics) {
    expect([name, Number.isFinite(value)]).toEqual([name, true]);
    expect(items).toBeGreaterThan(0);
  }
});
