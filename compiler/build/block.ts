// One transformer block (VLMo §3.2; `Block` in the original's modules/multiway_transformer.py): pre-norm attention
// shared by all tokens, then the expert of the route.
import { withinPart, withOrigin, type Value } from "../ir/graph.js";
import { activations } from "../ops/activations.js";
import { add, mul } from "../ops/elementwise.js";
import { layerNorm, linear } from "../ops/composite.js";
import { concat, constant, reshape, slice, transpose } from "../ops/structure.js";
import { expertFor, type Route } from "../spec/routing.js";
import type { ExpertSpec, View } from "../spec/spec.js";
import { affine, holds, parameter, type BuildContext } from "./context.js";

/** How a block treats a sequence, besides its parameters. */
export interface SequenceContext {
  /** Name of this pass through the trunk, as a path: `pair/pair.image.text_ids`. */
  readonly pass: string;
  readonly view: View;
  /** Route of the experts: a fused contrast runs a text through the pair experts. */
  readonly route: View;
  /** Text tokens at the front of the sequence; the rest are image tokens. */
  readonly textTokens: number;
  readonly mix: Mix;
  /** Drop-path factor [B, 1, 1] of a branch, or null. */
  readonly keep: (layer: number, branch: Branch) => Value | null;
}

/** Queries, keys and values of the heads: [B, H, N, D / H] each. */
export interface Projected {
  readonly q: Value;
  readonly k: Value;
  readonly v: Value;
}

/** Attention of a layer without its projections; returns the weighted values, [B, H, N, D / H]. */
export type Mix = (layer: number, projected: Projected, attributes: { readonly scale: number }) => Value;

/** A residual branch that drop-path may drop; `ffn_image` is the image part of a pair below the fusion experts. */
export type Branch = "attention" | "ffn" | "ffn_image";
/** In the order of axis 1 of the drop-path noise [layers, branches, batch]. */
export const branches = ["attention", "ffn", "ffn_image"] as const;

/** x [B, N, D] after layer `layer`. */
export function block(context: BuildContext, x: Value, layer: number, run: SequenceContext): Value {
  return withOrigin({ part: `${run.pass}/layer ${layer}` }, () => blockOf(context, x, layer, run));
}

function blockOf(context: BuildContext, x: Value, layer: number, run: SequenceContext): Value {
  const { span } = context.model.attention;
  const attended = withinPart("attention", span, () => attend(context, x, layer, run));
  const y = residual(context, x, attended, { layer, branch: "attention", run });
  const { text, image } = expertFor(context.model, run.route, layer);
  const whole = expertOfAll({ text, image }, run.textTokens, x.type.shape[1] ?? 0);
  if (whole !== null) {
    const out = feedForward(context, y, layer, whole);
    return residual(context, y, out, { layer, branch: "ffn", run });
  }
  const [textPart, imagePart] = split(y, run.textTokens);
  if (textPart === undefined || imagePart === undefined)
    throw new Error("internal: a one-modality view has one expert");
  const textOut = residual(context, textPart, feedForward(context, textPart, layer, text), {
    layer,
    branch: "ffn",
    run,
  });
  const imageOut = residual(context, imagePart, feedForward(context, imagePart, layer, image), {
    layer,
    branch: "ffn_image",
    run,
  });
  return concat([textOut, imageOut], 1);
}

/**
 * The expert that processes the whole sequence, which may be the text or the image of a pair; null where there are two.
 */
function expertOfAll({ text, image }: Route, textTokens: number, length: number): ExpertSpec | null {
  if (textTokens === 0) return image;
  if (textTokens === length) return text;
  return text === image ? text : null;
}

function residual(
  context: BuildContext,
  x: Value,
  out: Value,
  where: { layer: number; branch: Branch; run: SequenceContext },
): Value {
  const scale = `layers.${where.layer}.layer_scale.${where.branch === "attention" ? "attention" : "ffn"}`;
  const scaled = holds(context, scale) ? mul(out, parameter(context, scale)) : out;
  const keep = where.run.keep(where.layer, where.branch);
  return add(x, keep === null ? scaled : mul(scaled, keep));
}

function feedForward(context: BuildContext, x: Value, layer: number, expert: ExpertSpec | null): Value {
  if (expert === null) throw new Error(`internal: the checker let layer ${layer} pass without an expert`);
  return withinPart(expert.name, expert.span, () => {
    const prefix = `layers.${layer}.experts.${expert.name}`;
    const normed = layerNorm(x, affine(context, `${prefix}.norm`), context.model.normEps);
    const { weight, bias } = affine(context, `${prefix}.fc1`);
    const hidden = linear(normed, weight, bias);
    const activated = activations[expert.activation].apply(hidden);
    const out = affine(context, `${prefix}.fc2`);
    return linear(activated, out.weight, out.bias);
  });
}

function attend(context: BuildContext, x: Value, layer: number, run: SequenceContext): Value {
  const { heads, share } = context.model.attention;
  const [batch = 0, length = 0, width = 0] = x.type.shape;
  const prefix = `layers.${layer}.attention`;
  const normed = layerNorm(x, affine(context, `layers.${layer}.norm1`), context.model.normEps);
  const perModality = (apply: (prefix: string, part: Value) => Value, value: Value): Value => {
    if (share === "all") return apply(prefix, value);
    const parts = split(value, run.textTokens);
    const names = run.view === "image" ? [`${prefix}.image`] : [`${prefix}.text`, `${prefix}.image`];
    return concat(
      parts.map((part, i) => apply(names[i] ?? prefix, part)),
      1,
    );
  };
  const qkv = perModality(
    (name, part) => linear(part, parameter(context, `${name}.qkv.weight`), qkvBias(context, name)),
    normed,
  );
  const [q, k, v] = [0, 1, 2].map((i) => {
    const third = slice(qkv, 2, i * width, (i + 1) * width);
    return transpose(reshape(third, [batch, length, heads, width / heads]), [0, 2, 1, 3]);
  });
  if (q === undefined || k === undefined || v === undefined) throw new Error("internal: q, k and v");
  // Not `** -0.5`: its last bit depends on the version of V8.
  const scale = 1 / Math.sqrt(width / heads);
  const mixed = run.mix(layer, { q, k, v }, { scale });
  const joined = reshape(transpose(mixed, [0, 2, 1, 3]), [batch, length, width]);
  return perModality(
    (name, part) => linear(part, parameter(context, `${name}.proj.weight`), parameter(context, `${name}.proj.bias`)),
    joined,
  );
}

/** The biases of q, k and v in one vector, with zeros where the model has no bias. */
function qkvBias(context: BuildContext, prefix: string): Value {
  const { width } = context.model;
  const parts = (["query", "key", "value"] as const).map((which) =>
    holds(context, `${prefix}.${which}_bias`)
      ? parameter(context, `${prefix}.${which}_bias`)
      : constant([width], new Float32Array(1)),
  );
  return concat(parts, 0);
}

/** Text tokens and image tokens of a sequence; a one-modality sequence stays whole. */
function split(x: Value, textTokens: number): readonly Value[] {
  const length = x.type.shape[1] ?? 0;
  if (textTokens === 0 || textTokens === length) return [x];
  return [slice(x, 1, 0, textTokens), slice(x, 1, textTokens, length)];
}
