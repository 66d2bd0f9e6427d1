// `label_smoothing` is that of PyTorch's cross_entropy: e/C for every class, plus 1 - e for the true one. For mixed images
// the two labels share that 1 - e by their weights (timm's `mixup_target`).
import { expect, test } from "vitest";
import { buildForward, buildGradient, offers, parametersOf, type Program } from "../../../compiler/index.js";
import { createReference } from "../../../runtime/engines/reference.js";
import { feed } from "../../../runtime/program/feed.js";
import type { Tensor } from "../../../runtime/tensor.js";
import { drawFrom } from "../../support/draw.js";
import { evaluate } from "../../support/evaluate.js";
import { specOf } from "../../support/specs.js";

const spec = specOf("test/conformance/heads.vlmo");
const batch = 4;

test.each([
  { name: "of_smooth_label", head: "smooth_label", classes: 3, share: 0.2 },
  { name: "of_mixed_label", head: "smooth_label", classes: 3, share: 0.2 },
  { name: "of_smooth_two", head: "smooth_two", classes: 2, share: 0.1 },
])("$name is smoothed as PyTorch does it: $head, $classes classes", async ({ name, head, classes, share }) => {
  const stage = spec.stages.get(name);
  if (stage === undefined) throw new Error(`no stage ${name}`);
  const draw = drawFrom("smoothing");
  const [label, second] = [draw.ids([batch], classes), draw.ids([batch], classes)];
  const firstShare = draw.floats([batch], 0, 1);
  const pixels = (): Tensor => draw.floats([batch, 3, 8, 8]);
  const given = new Map<string, Tensor>([
    ["image", pixels()],
    ["image_0", pixels()],
    ["image_1", pixels()],
    ["text_ids", draw.ids([batch, 5], 13)],
    ["text_masks", draw.flags([batch, 5])],
    ["label", label],
    ["label_second", second],
    ["label_share", firstShare],
  ]);
  const parameters = parametersOf(stage.model, stage.heads).map(({ name: parameter, shape }): [string, Tensor] => [
    parameter,
    drawFrom("smoothing", parameter).floats(shape, -0.7, 0.7),
  ]);
  const resultsOf = async (program: Program) => {
    const fed = feed(program, { batch: given, items: batch, scalars: new Map(), noise: null });
    expect(fed.missing).toEqual([]);
    return evaluate(createReference(), program.graph, new Map([...parameters, ...fed.tensors]));
  };
  const sizes = { batch, capacity: new Map<string, number>() };
  const results = await resultsOf(buildForward(stage, sizes, stage.heads));
  const logits = [...(results.get(`${head}.logits`)?.data ?? [])];
  const losses = Array.from({ length: batch }, (_, row) => {
    const scores = logits.slice(row * classes, (row + 1) * classes);
    const normaliser = Math.log(scores.reduce((sum, score) => sum + Math.exp(score), 0));
    const right = (c: number): number => {
      const isOf = ({ data }: Tensor): number => (data[row] === c ? 1 : 0);
      if (stage.mix.length === 0) return isOf(label);
      const first = firstShare.data[row] ?? 0;
      return first * isOf(label) + (1 - first) * isOf(second);
    };
    const target = (c: number): number => (1 - share) * right(c) + share / classes;
    return scores.reduce((sum, score, c) => sum + target(c) * (normaliser - score), 0);
  });
  // Only training mixes images; nothing else differs, as the models have no dropout.
  const trained = await resultsOf(buildGradient(stage, sizes));
  expect(trained.get(`loss.${head}`)?.data[0]).toBeCloseTo(losses.reduce((a, b) => a + b, 0) / batch, 6);
});

test("a head with a smoothed loss offers no perplexity, which is computed from the loss", () => {
  const head = [...spec.stages.values()].flatMap(({ heads }) => heads).find((each) => offers(each, "perplexity"));
  if (head === undefined) throw new Error("no head offers a perplexity");
  const smoothed = { ...head, labelSmoothing: 0.1 };
  expect(offers(smoothed, "perplexity")).toBe(false);
  expect(offers(smoothed, "accuracy")).toBe(offers(head, "accuracy"));
});
