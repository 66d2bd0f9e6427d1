// The score that selects the best checkpoint of a stage.
import { expect, test } from "vitest";
import type { BestSpec } from "../../../compiler/index.js";
import { scoreOf } from "../../../runtime/train/score.js";
import { specOf, stageOf } from "../../compiler/check/check.js";
import { example } from "../../../compiler/codes/example.js";

const metrics = {
  "retrieval: recall@1 image→text": 0.4,
  "retrieval: recall@1 text→image": 0.2,
  "retrieval: recall@10 image→text": 0.9,
  "claims: truth accuracy": 0.7,
  "claims: words accuracy": 0.1,
  "claims: words perplexity": 12,
};

function bestOf(metric: string): BestSpec {
  const head = "learn: itc + itm + words\n  validate: every 100 steps\n  best: " + metric;
  const evaluation = "recall(1, 5, 10), accuracy(words), accuracy(itm), perplexity";
  const text = example(["learn: itc + itm", head], ["recall(1, 5, 10)", evaluation]);
  const best = stageOf(specOf(text), "fusion").validate?.best ?? null;
  if (best === null) throw new Error("no best");
  return best;
}

test.each([
  ["recall(1)", 0.3],
  ["recall(1, head: itc)", 0.3],
  ["recall(5)", null],
  ["accuracy(words)", 0.1],
  ["accuracy", 0.4],
  ["perplexity", -12],
])("by %s the score is %d", (metric, score) => {
  const found = scoreOf(bestOf(metric), metrics);
  if (score === null) expect(found).toBeNull();
  else expect(found).toBeCloseTo(score, 12);
});
