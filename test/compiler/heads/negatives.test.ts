// Which pairs count as negatives in contrastive and matching losses: never a text known to match the image, unless
// `false_negatives: keep` asks for it. Losses are compared with their definitions, written out in float64.
import { describe, expect, test } from "vitest";
import { buildForward, parametersOf, type HeadSpec, type StageSpec } from "../../../compiler/index.js";
import { createReference } from "../../../runtime/engines/reference.js";
import { countOf, feed } from "../../../runtime/program/feed.js";
import { float32, type Tensor, type Tensors } from "../../../runtime/tensor.js";
import { drawFrom } from "../../support/draw.js";
import { evaluate } from "../../support/evaluate.js";
import { specOf } from "../../support/specs.js";

const spec = specOf("test/conformance/heads.vlmo");
const reference = createReference();

/** Items as image and text; equal letters are equal images, equal texts. */
const batches = {
  "a pair alone": ["a1"],
  "pairs without anything in common": ["a1", "b2", "c3"],
  "two captions of one image": ["a1", "b2", "a3", "c4"],
  "one caption of two images": ["a1", "b1", "c2"],
  "an image's caption known from another pair": ["a1", "a2", "b2", "c3"],
  "captions of one image and nothing else": ["a1", "a2", "a3"],
} as const;

function isTrue(pairs: readonly string[], image: string, text: string): boolean {
  return pairs.some((pair) => pair[0] === image && pair[1] === text);
}

/** [B, B] row by row. */
function matchesIn(pairs: readonly string[]): boolean[][] {
  return pairs.map(([image = ""]) => pairs.map(([, text = ""]) => isTrue(pairs, image, text)));
}

interface Contrast {
  readonly fused: boolean;
  readonly loss: "softmax" | "sigmoid";
}

function stageOf(falseNegatives: "mask" | "keep", contrast: Contrast): StageSpec {
  const stage = spec.stages.get("of_match");
  if (stage === undefined) throw new Error("no stage of_match");
  const changes: Readonly<Record<string, object>> = {
    contrastive: { falseNegatives, ...contrast },
    matching: { falseNegatives },
  };
  const changed = (head: HeadSpec): HeadSpec => ({ ...head, ...changes[head.kind] });
  const learn = stage.learn.map((term) => ({ ...term, head: changed(term.head) }));
  return { ...stage, learn, heads: learn.map(({ head }) => head) };
}

/** A contrast that is not fused and the matching run in one stage. */
const made = new Map<string, ReturnType<typeof computed>>();

function forward(
  choice: "mask" | "keep",
  fused: boolean,
  pairs: readonly string[],
  loss: Contrast["loss"] = "softmax",
): ReturnType<typeof computed> {
  const key = [choice, fused, loss, ...pairs].join();
  const run = made.get(key) ?? computed(stageOf(choice, { fused, loss }), pairs);
  made.set(key, run);
  return run;
}

async function computed(stage: StageSpec, pairs: readonly string[]) {
  const batch = pairs.length;
  const program = buildForward(stage, { batch, capacity: new Map() }, stage.heads);
  const draw = drawFrom("negatives", pairs.join());
  const matches = Float32Array.from(matchesIn(pairs).flat(), Number);
  const tensors: Tensors = new Map<string, Tensor>([
    ["image", draw.floats([batch, 3, 8, 8])],
    ["text_ids", draw.ids([batch, 5], 13)],
    ["text_masks", float32([batch, 5], new Float32Array(5 * batch).fill(1))],
    ["matches", float32([batch, batch], matches)],
  ]);
  const noise = { seed: 3, labels: ["negatives"], numbers: [...pairs.keys()] };
  const fed = feed(program, { batch: tensors, items: batch, scalars: new Map(), noise });
  expect(fed.missing).toEqual([]);
  const parameters = parametersOf(stage.model, stage.heads).map(({ name, shape }): [string, Tensor] => [
    name,
    drawFrom("negatives", name).floats(shape, -0.7, 0.7),
  ]);
  const results = await evaluate(reference, program.graph, new Map([...parameters, ...fed.tensors]));
  const count = program.counts.get("count.match");
  if (count === undefined) throw new Error("matching counts nothing");
  return { results, count: countOf(count, tensors, batch) };
}

function rowsOf(tensor: Tensor | undefined): number[][] {
  const [rows = 0, width = 0] = tensor?.shape ?? [];
  return Array.from({ length: rows }, (_, i) => [...(tensor?.data.slice(i * width, (i + 1) * width) ?? [])]);
}

/** Cross-entropy of the positive column against the negatives of its row. */
function rowLoss(row: readonly number[], own: number, isNegative: (column: number) => boolean): number {
  const among = row.filter((_, column) => column === own || isNegative(column));
  return Math.log(among.reduce((sum, logit) => sum + Math.exp(logit), 0)) - (row[own] ?? 0);
}

/** Binary cross-entropy of a pair. */
function pairLoss(logit: number, belongs: boolean): number {
  return Math.log(1 + Math.exp(belongs ? -logit : logit));
}

describe.each(Object.entries(batches))("%s", (_, pairs) => {
  describe.each(["mask", "keep"] as const)("false_negatives: %s", (choice) => {
    const match = matchesIn(pairs);
    const isNegative = (image: number, text: number): boolean =>
      image !== text && (choice === "keep" || match[image]?.[text] !== true);

    test.each([false, true])(
      "the softmax of a contrast is over the negatives of either side (fused: %s)",
      async (fused) => {
        const { results } = await forward(choice, fused, pairs);
        const losses = (fused ? ["", "fused_"] : [""]).map((branch) => {
          const i2t = rowsOf(results.get(`contrast.${branch}logits_i2t`));
          const t2i = i2t.map((__, column) => i2t.map((row) => row[column] ?? 0));
          const images = i2t.map((row, image) => rowLoss(row, image, (text) => isNegative(image, text)));
          const texts = t2i.map((row, text) => rowLoss(row, text, (image) => isNegative(image, text)));
          return [...images, ...texts].reduce((a, b) => a + b, 0) / 2 / pairs.length;
        });
        const mean = losses.reduce((a, b) => a + b, 0) / losses.length;
        expect(results.get("loss.contrast")?.data[0]).toBeCloseTo(mean, 6);
      },
    );

    test.each([false, true])(
      "a sigmoid contrast is over every pair that is not a false negative (fused: %s)",
      async (fused) => {
        const { results } = await forward(choice, fused, pairs, "sigmoid");
        const one = (name: string): number => drawFrom("negatives", name).floats([], -0.7, 0.7).data[0] ?? Number.NaN;
        const losses = (fused ? ["", "fused_"] : [""]).map((branch) => {
          const [images, texts] = ["image", "text"].map((side) => rowsOf(results.get(`contrast.${branch}${side}`)));
          const [factor, bias] = [Math.exp(one(`heads.contrast.${branch}scale`)), one(`heads.contrast.${branch}bias`)];
          const each = (images ?? []).flatMap((image, i) =>
            (texts ?? []).map((text, j) => {
              const logit = factor * image.reduce((sum, value, k) => sum + value * (text[k] ?? 0), 0) + bias;
              return i === j || isNegative(i, j) ? pairLoss(logit, i === j) : 0;
            }),
          );
          return each.reduce((a, b) => a + b, 0) / pairs.length;
        });
        const mean = losses.reduce((a, b) => a + b, 0) / losses.length;
        expect(results.get("loss.contrast")?.data[0]).toBeCloseTo(mean, 10);
      },
    );

    test("matching samples negatives only, and its denominator counts the sampled ones", async () => {
      const { results, count } = await forward(choice, false, pairs);
      const [images, texts] = ["neg_image_idx", "neg_text_idx"].map((name) => [
        ...(results.get(`match.${name}`)?.data ?? []),
      ]);
      const logits = rowsOf(results.get("match.logits"));
      const rows = pairs.flatMap((__, i) => {
        const hasImage = pairs.some((___, image) => isNegative(image, i));
        const hasText = pairs.some((___, text) => isNegative(i, text));
        if (hasImage) expect(isNegative(images?.[i] ?? i, i)).toBe(true);
        if (hasText) expect(isNegative(i, texts?.[i] ?? i)).toBe(true);
        return [
          { row: logits[i], right: 1 },
          ...(hasImage ? [{ row: logits[pairs.length + i], right: 0 }] : []),
          ...(hasText ? [{ row: logits[2 * pairs.length + i], right: 0 }] : []),
        ];
      });
      expect(count).toBe(rows.length);
      const losses = rows.map(({ row = [], right }) => rowLoss(row, right, (column) => column !== right));
      const correct = rows.filter(({ row = [], right }) => (row[1] ?? 0) > (row[0] ?? 0) === (right === 1)).length;
      expect(results.get("loss.match")?.data[0]).toBeCloseTo(losses.reduce((a, b) => a + b, 0) / rows.length, 6);
      expect(results.get("sum.match.correct")?.data[0]).toBe(correct);
    });
  });
});

test("without annotations of matches only the pair itself matches", async () => {
  const stage = stageOf("mask", { fused: false, loss: "softmax" });
  const program = buildForward(stage, { batch: 3, capacity: new Map() }, stage.heads);
  const input = program.graph.inputs.find(({ name }) => name === "matches");
  expect([input?.role, input?.fallback]).toEqual(["batch", 0]);
});
