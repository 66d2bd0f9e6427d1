// The negative pairs of a matching head: for each image a text, and for each text an image, mined by the similarities
// of a contrastive head (the original's `compute_itm_hardneg` in modules/objectives.py).
import type { Value } from "../ir/graph.js";
import { softmax } from "../ops/composite.js";
import { add, greater, mul, scale, select, sub } from "../ops/elementwise.js";
import { gather } from "../ops/indexing.js";
import { argmax, max } from "../ops/reduction.js";
import { constant, fill, stopGradient } from "../ops/structure.js";
import { forcedIndices, gathered, headOf, named, noise, type BuildContext } from "../build/context.js";
import { imageEmbedding, textEmbedding, textMask } from "../build/embed.js";
import type { Count } from "../build/program.js";
import { bothWays, ofAllRanks, samplesOf } from "../build/ranks.js";
import type { Reading } from "../build/trunk.js";
import { inputs, minedInput } from "../spec/inputs.js";
import { pixelsPerPatch, tokensOf } from "../spec/geometry.js";
import type { HeadSpec, Modality, StageSpec } from "../spec/spec.js";
import { contrastive, similarities, type Contrast } from "./contrastive.js";
import { isOf, type Exchanged } from "./head.js";
import { positives } from "./parts.js";
import type { FalseNegatives } from "./settings.js";

/** A head that mines negatives by the similarities of another one. */
interface Head extends HeadSpec {
  readonly negatives: { readonly head: string; readonly from: "pool" | "local" };
  readonly falseNegatives: FalseNegatives;
}

/** The embedded negatives for a run of B pairs. */
export interface Negatives {
  /** [B, 1 + P, D], one for each text. */
  readonly image: Value;
  /** [B, T, D], one for each image. */
  readonly text: Value;
  /** Padding mask of `text`, [B, T]. */
  readonly mask: Value;
  /** [B] each: 0 where a text has no negative image, or an image no negative text. */
  readonly hasImage: Value;
  readonly hasText: Value;
  /** Denominator: the pairs and their negatives. */
  readonly count: Count;
  /** Outputs for validation: the weights that negatives were drawn with, and the indices of those drawn. */
  readonly outputs: ReadonlyMap<string, Value>;
}

/** Negatives among the samples of the run, or those mined by `pool` where the pool spans micro-batches. */
export function negativesOf(context: BuildContext, head: Head, reading: Reading): Negatives {
  const divided = context.extent === "shares" && minesWholeBatch(context, head);
  return divided ? fromPool(context, head, reading) : fromRun(context, head, reading);
}

/** Whether it mines from a contrast over the whole optimizer batch. */
function minesWholeBatch(context: BuildContext, head: Head): boolean {
  return head.negatives.from === "pool" && contrastsBatch(contrastOf(context, head));
}

function contrastsBatch(head: HeadSpec): boolean {
  return isOf(contrastive, head) && contrastive.contrasts?.(head) === "batch";
}

function contrastOf(context: BuildContext, head: Head): Contrast {
  const contrast = headOf(context, head.negatives.head);
  if (!isOf(contrastive, contrast)) throw new Error(`internal: ${head.name} mines from ${contrast.kind}`);
  return contrast;
}

function fromRun(context: BuildContext, head: Head, reading: Reading): Negatives {
  const { image, text, hasImage, hasText, scores } = mine(context, head);
  return {
    image: gather(ofAllRanks(context, imageEmbedding(context, reading.image)), image),
    text: gather(ofAllRanks(context, textEmbedding(context, reading.text)), text),
    mask: gather(ofAllRanks(context, textMask(context)), text),
    hasImage,
    hasText,
    count: { kind: "pairs", matches: head.falseNegatives === "keep" ? null : inputs.matches },
    outputs: new Map([...scores, ["neg_image_idx", image], ["neg_text_idx", text]]),
  };
}

/** The negatives that `pool` mined, [B] each, by the input names of `shares`. */
export function mined(context: BuildContext, head: Head): ReadonlyMap<string, Value> {
  if (!minesWholeBatch(context, head)) return new Map();
  const { image, text, hasImage, hasText } = mine(context, head);
  const names = minedNames(head);
  return new Map([
    [names.image, image],
    [names.text, text],
    [names.hasImage, hasImage],
    [names.hasText, hasText],
  ]);
}

const minedNames = ({ name }: Head) => ({
  image: `${name}.neg_image_idx`,
  text: `${name}.neg_text_idx`,
  hasImage: `${name}.has_neg_image`,
  hasText: `${name}.has_neg_text`,
});

/** Re-embeds the negatives from pixels and tokens: cheaper than keeping the embeddings of the whole batch in memory. */
function fromPool(context: BuildContext, head: Head, { image: own, text: ownText }: Reading): Negatives {
  const names = minedNames(head);
  const { batch } = context.sizes;
  const rowsOf = (input: string, rows: string) =>
    gathered(context, minedInput(head.name, input), { from: input, rows });
  const flags = (name: string): Value => named(context, name, "batch", { dtype: "float32", shape: [batch] });
  const text = { input: rowsOf(ownText.input, names.text), drawsOf: { name: ownText.input, rows: names.text } };
  return {
    image: imageEmbedding(context, { ...own, input: rowsOf(own.input, names.image) }),
    text: textEmbedding(context, text),
    mask: textMask(context, rowsOf(inputs.textMask, names.text)),
    hasImage: flags(names.hasImage),
    hasText: flags(names.hasText),
    count: { kind: "flags", of: [names.hasImage, names.hasText] },
    outputs: new Map(),
  };
}

/** Per sample, all ranks receive its embeddings and send their gradients back; with micro-batches, its pixels and tokens. */
export function exchanged({ model, trained, learn }: StageSpec, head: Head, divided: boolean): Exchanged {
  const { width } = model;
  const { image, text } = tokensOf(model, "pair");
  const mined = learn.find((entry) => entry.head.name === head.negatives.head)?.head;
  const mask = text;
  if (divided && head.negatives.from === "pool" && mined !== undefined && contrastsBatch(mined))
    return { there: (image - 1) * pixelsPerPatch(model) + text + mask, back: 0 };
  const learns = (part: string): boolean => [...trained].some((name) => name.startsWith(`embed.${part}`));
  const back = (modality: Modality, tokens: number) => (learns(modality) || learns("type") ? tokens * width : 0);
  return { there: (image + text) * width + mask, back: back("image", image) + back("text", text) };
}

/** Mines negatives for the samples of the run, among those of all ranks. */
function mine(context: BuildContext, head: Head) {
  const similar = similarities(context, contrastOf(context, head));
  const known = positives(context, head);
  const scores = bothWays(context, (way) => stopGradient(similar[way]));
  const allowed = bothWays(context, (way) => sub(fill(1), known[way]));
  const [i2t, t2i] = [
    { scores: scores.i2t, allowed: allowed.i2t },
    { scores: scores.t2i, allowed: allowed.t2i },
  ];
  return {
    image: chosen(context, head, { ...t2i, noise: "noise_t2i", forced: "neg_image_idx" }),
    text: chosen(context, head, { ...i2t, noise: "noise_i2t", forced: "neg_text_idx" }),
    hasImage: anyOf(t2i.allowed),
    hasText: anyOf(i2t.allowed),
    scores: [
      ["weights_i2t", mul(softmax(i2t.scores), i2t.allowed)],
      ["weights_t2i", mul(softmax(t2i.scores), t2i.allowed)],
    ] as const,
  };
}

/**
 * The distribution that negatives are drawn from, [B, N] each: `allowed` is 0 for columns that are not negatives of the
 * row.
 */
interface Mining {
  readonly scores: Value;
  readonly allowed: Value;
  readonly noise: string;
  readonly forced: string;
}

/**
 * One column per row, drawn with softmax weights over its negatives: argmax(score + Gumbel), which cannot underflow as
 * the original's softmax does. A forced index ≥ 0 overrides the draw.
 */
function chosen(context: BuildContext, head: Head, what: Mining): Value {
  const { batch } = context.sizes;
  const all = samplesOf(context);
  const distribution = { kind: "gumbel", shape: [batch, all], items: 0 } as const;
  const gumbel = noise(context, `${head.name}.${what.noise}`, distribution, 0);
  const drawn = argmax(sub(add(what.scores, gumbel), scale(sub(fill(1), what.allowed), 1e9)), 1);
  const range = { least: 0, most: all - 1, none: -1, what: "samples of the batch" };
  const forced = forcedIndices(context, `${head.name}.${what.forced}`, [batch], range);
  return select(greater(forced, constant([batch], Int32Array.of(-1))), forced, drawn);
}

/** [B]: 1 for rows that hold any 1. */
function anyOf(rows: Value): Value {
  return max(rows, 1);
}
