// What can be measured of a head, on data of each kind: what the playground shows beside its examples, and evaluations may ask for.
import { expect, test } from "vitest";
import { metricsOn, type DataSpec, type MetricSpec } from "../../../compiler/index.js";
import { headsSpec } from "../../support/trained.js";

test.each<[head: string, kind: DataSpec["kind"], metrics: readonly MetricSpec["name"][]]>([
  ["contrast", "pairs", ["recall"]],
  ["label", "labelled_images", ["accuracy"]],
  ["label", "statements", ["accuracy", "consistency"]],
  ["words", "texts", ["accuracy", "perplexity"]],
  ["smooth_label", "labelled_images", ["accuracy"]],
  ["answer", "questions", ["vqa_score", "accuracy"]],
  ["answer", "labelled_images", ["accuracy"]],
  ["two", "statements", ["accuracy", "consistency"]],
  ["match", "pairs", ["accuracy"]],
  ["telling", "pairs", ["bleu", "rouge", "cider", "perplexity"]],
  ["file_patches", "images", ["accuracy"]],
  ["patches", "images", []],
  ["pixels", "masks", ["mean_iou"]],
])("of %s on %s", (name, kind, metrics) => {
  const head = headsSpec.heads.get(name);
  expect(head && metricsOn({ kind }, head)).toEqual(metrics);
});
