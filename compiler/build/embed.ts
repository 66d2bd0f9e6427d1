// Embeddings of images and texts (the original's modules/multiway_transformer.py and vlmo_module.py).
import { withOrigin, type Value } from "../ir/graph.js";
import type { Shape } from "../ir/types.js";
import { add, div, mul, scale, sub } from "../ops/elementwise.js";
import { layerNorm, linear } from "../ops/composite.js";
import { gather } from "../ops/indexing.js";
import { broadcastTo, cast, concat, fill, reshape, slice, transpose } from "../ops/structure.js";
import { positionRuleOf } from "../positions/index.js";
import { patchesPerSide } from "../spec/geometry.js";
import { inputs, type MinedInput } from "../spec/inputs.js";
import type { ImageSpec, Modality, TextSpec, View } from "../spec/spec.js";
import { affine, indices, levels, named, noise, once, parameter, type BuildContext } from "./context.js";
import type { Range } from "./program.js";

/** Which image of a sample, and how its patches are masked. */
export interface ImageSource {
  readonly input: typeof inputs.image | typeof inputs.firstImage | typeof inputs.secondImage | MinedInput;
  /** Row of the modality-type embedding: 1, or 2 for the second image. */
  readonly type: 1 | 2;
  /** Suffix of the name of its patch mask; null where no patches are masked. */
  readonly mask: string | null;
}

/** Which tokens an embedding reads: the original text or the masked one. */
export interface TextSource {
  readonly input: typeof inputs.tokens | `${typeof inputs.maskedTokens}${string}` | MinedInput;
  /** The text whose dropout draws are used, where they are not its own. */
  readonly drawsOf?: { readonly name: string; readonly rows: string };
}

function imageSpec(context: BuildContext): ImageSpec {
  if (context.model.image === null) throw new Error(`internal: ${context.model.name} has no image part`);
  return context.model.image;
}

/** The text part of the model. Throws an internal error if there is none: no text view should have been built. */
export function textSpec(context: BuildContext): TextSpec {
  if (context.model.text === null) throw new Error(`internal: ${context.model.name} has no text part`);
  return context.model.text;
}

/** Tokens per text in this program: positions that are padding in every text of the run are cut off. */
export function textLength(context: BuildContext): number {
  return context.sizes.words ?? textSpec(context).length;
}

/** Text tokens at the front of a view's sequence. */
export function textTokensOf(context: BuildContext, view: View): number {
  return view === "image" ? 0 : textLength(context);
}

/**
 * Pixels of each patch: image [B, C, S, S] → [B, P, C·p·p], patches row-major, values in the order of a convolution
 * kernel.
 */
export function patchPixels(context: BuildContext, source: ImageSource): Value {
  return once(context, `pixels ${source.input}`, () => {
    const { patch, channels } = imageSpec(context);
    const { batch } = context.sizes;
    const side = patchesPerSide(context.model);
    const image = imagePixels(context, source);
    const tiles = transpose(reshape(image, [batch, channels, side, patch, side, patch]), [0, 2, 4, 1, 3, 5]);
    return reshape(tiles, [batch, side * side, channels * patch * patch]);
  });
}

/** The images as float32 pixels: [B, C, S, S], −1 to 1. */
export function imagePixels(context: BuildContext, { input }: Pick<ImageSource, "input">): Value {
  const { size, channels } = imageSpec(context);
  return once(context, `image ${input}`, () => pixels(context, input, [context.sizes.batch, channels, size, size]));
}

/**
 * float32 from −1 to 1. Levels x become (2x − 255) / 255, which rounds once: bit for bit what the data pipeline
 * computes.
 */
function pixels(context: BuildContext, name: string, shape: Shape): Value {
  if (context.sizes.pixels !== "uint8") return named(context, name, "batch", { dtype: "float32", shape });
  const doubled = scale(cast(levels(context, name, shape), "float32"), 2);
  return div(sub(doubled, fill(255)), fill(255));
}

/** Image tokens with the class token first: [B, 1 + P, D]. */
export function imageEmbedding(context: BuildContext, source: ImageSource): Value {
  const key = `image ${source.input} ${source.type} ${source.mask}`;
  return once(context, key, () => withOrigin({ part: "embed/image" }, () => embeddedImage(context, source)));
}

function embeddedImage(context: BuildContext, source: ImageSource): Value {
  const { batch } = context.sizes;
  const { width } = context.model;
  const cls = broadcastTo(reshape(parameter(context, "embed.image.cls"), [1, 1, width]), [batch, 1, width]);
  const tokens = concat([cls, patches(context, source)], 1);
  return add(placed(context, tokens, "image"), typeRow(context, source.type));
}

function patches(context: BuildContext, source: ImageSource): Value {
  const { width } = context.model;
  const pixels = patchPixels(context, source);
  const kernel = parameter(context, "embed.image.patch.weight");
  const [, count = 0, size = 0] = pixels.type.shape;
  const embedded = linear(pixels, reshape(kernel, [width, size]), parameter(context, "embed.image.patch.bias"));
  if (source.mask === null) return embedded;
  const mask = reshape(
    named(context, `${inputs.patchMask}${source.mask}`, "batch", {
      dtype: "float32",
      shape: [context.sizes.batch, count],
    }),
    [context.sizes.batch, count, 1],
  );
  const token = reshape(parameter(context, "embed.image.mask"), [1, 1, width]);
  return add(mul(embedded, sub(fill(1), mask)), mul(mask, token));
}

/** Text tokens: word + BERT's own type 0 (+ position), norm, dropout, then the modality type 0: [B, T, D]. */
export function textEmbedding(context: BuildContext, source: TextSource): Value {
  return once(context, `text ${source.input}`, () =>
    withOrigin({ part: "embed/text" }, () => embeddedText(context, source)),
  );
}

function embeddedText(context: BuildContext, source: TextSource): Value {
  const length = textLength(context);
  const ids = indices(context, source.input, [context.sizes.batch, length], tokenIds(context));
  const normed = normedText(context, placed(context, words(context, ids), "text"));
  return add(dropout(context, normed, source), typeRow(context, 0));
}

/** The same for a few tokens of a text, ids [B, N] at `positions` [N], without dropout. */
export function tokensAt(context: BuildContext, ids: Value, positions: Value): Value {
  const { position } = context.model.attention;
  const count = textLength(context);
  const table = positionRuleOf(position).embedding(context, position, { of: "text", count });
  const embedded = words(context, ids);
  const there =
    table === null ? embedded : add(embedded, gather(reshape(table, [count, context.model.width]), positions));
  return add(normedText(context, there), typeRow(context, 0));
}

function words(context: BuildContext, ids: Value): Value {
  return add(gather(parameter(context, "embed.text.word.weight"), ids), row(context, "embed.text.types.weight", 0));
}

function normedText(context: BuildContext, x: Value): Value {
  return layerNorm(x, affine(context, "embed.text.norm"), textSpec(context).normEps);
}

/** Embeddings [B, N, D] plus their position embeddings. */
function placed(context: BuildContext, tokens: Value, of: Modality): Value {
  const { position } = context.model.attention;
  const [, count = 0] = tokens.type.shape;
  const added = positionRuleOf(position).embedding(context, position, { of, count });
  return added === null ? tokens : add(tokens, added);
}

/** Valid token ids. */
export function tokenIds(context: BuildContext): Range {
  return { least: 0, most: textSpec(context).tokenizer.vocabulary - 1, what: "ids of tokens" };
}

/** 1 for tokens, 0 for padding: [B, T]. */
export function textMask(context: BuildContext, name: typeof inputs.textMask | MinedInput = inputs.textMask): Value {
  context.ranges.set(name, { least: 0, most: 1, inEachRow: 1, what: "masks of tokens" });
  return named(context, name, "batch", {
    dtype: "float32",
    shape: [context.sizes.batch, textLength(context)],
  });
}

function dropout(context: BuildContext, x: Value, source: TextSource): Value {
  const rate = textSpec(context).dropout;
  if (!context.training || rate === 0) return x;
  const { input, drawsOf } = source;
  const of = drawsOf === undefined ? {} : { of: { name: dropoutOf(drawsOf.name), rows: drawsOf.rows } };
  const distribution = { kind: "keep", shape: x.type.shape, items: 0, keep: [1 - rate], ...of } as const;
  return mul(x, noise(context, dropoutOf(input), distribution, 1));
}

const dropoutOf = (input: string): string => `dropout.${input}`;

function typeRow(context: BuildContext, type: 0 | 1 | 2): Value {
  return row(context, "embed.type.weight", type);
}

function row(context: BuildContext, table: string, index: number): Value {
  return reshape(slice(parameter(context, table), 0, index, index + 1), [1, 1, context.model.width]);
}
