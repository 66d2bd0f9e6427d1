// Runs views through the trunk and names the features that come out.
import { withOrigin, type Value } from "../ir/graph.js";
import { attention } from "../ops/attention.js";
import { layerNorm, linear } from "../ops/composite.js";
import { add, mul, tanh } from "../ops/elementwise.js";
import { concat, constant, fill, reshape, slice } from "../ops/structure.js";
import { imageTokens } from "../spec/geometry.js";
import { fusedFrom } from "../spec/routing.js";
import { positionRuleOf } from "../positions/index.js";
import { inputs, type MaskRead } from "../spec/inputs.js";
import type { FeatureSpec, View } from "../spec/spec.js";
import { block, branches, type Branch, type Mix, type SequenceContext } from "./block.js";
import { affine, noise, once, type BuildContext } from "./context.js";
import { imageEmbedding, textEmbedding, textMask, textTokensOf, type ImageSource, type TextSource } from "./embed.js";

/** A sequence of tokens on its way through the trunk. */
export interface Sequence {
  /** Part of the names of its noise inputs: two runs of one view have separate draws. */
  readonly name: string;
  readonly view: View;
  readonly tokens: Value;
  /** Padding mask [B, N], 1 for tokens and 0 for padding; null where there is no padding. */
  readonly mask: Value | null;
  /** Whether attention is causal: text attends to the text up to itself and the image, images only to themselves. */
  readonly causal?: boolean;
}

/** The input of a view: pre-training heads read masked text or masked patches. */
export interface Reading {
  readonly view: View;
  /** Whether the text of a pair is causal, and its image does not attend to the text. */
  readonly causal: boolean;
  readonly text: TextSource;
  readonly image: ImageSource;
}

const plainText: TextSource = { input: inputs.tokens };

/** The input that a feature reads; `masked` selects the masked version of one modality. */
export function readingOf(context: BuildContext, feature: FeatureSpec, masked: MaskRead | null): Reading {
  const two = context.stage.data.some((data) => data.images === 2);
  const input = !two ? inputs.image : feature.image === 2 ? inputs.secondImage : inputs.firstImage;
  return {
    view: feature.view,
    causal: feature.causal,
    text: masked?.of === "text" ? { input: `${inputs.maskedTokens}${masked.suffix}` } : plainText,
    image: { input, type: feature.image ?? 1, mask: masked?.of === "image" ? masked.suffix : null },
  };
}

/** The embedded sequence of a view. */
function sequenceOf(context: BuildContext, reading: Reading): Sequence {
  const { view, causal } = reading;
  const name = keyOf(reading);
  const image = (): Value => imageEmbedding(context, reading.image);
  const text = (): Value => textEmbedding(context, reading.text);
  if (view === "image") return { name, view, tokens: image(), mask: null };
  if (view === "text") return { name, view, tokens: text(), mask: textMask(context) };
  return { name, view, causal, tokens: joined(text(), image()), mask: pairMask(context, textMask(context)) };
}

/** Concatenates text and image, in that order. */
export function joined(text: Value, image: Value): Value {
  return concat([text, image], 1);
}

/** The padding mask of a pair: that of its text, then ones for every image token. */
export function pairMask(context: BuildContext, mask: Value): Value {
  return concat([mask, fill(1, [mask.type.shape[0] ?? 0, imageTokens(context.model)])], 1);
}

function keyOf({ view, causal, text, image }: Reading): string {
  const parts = [
    causal ? "causal" : "",
    view === "text" ? "" : image.input,
    view === "image" ? "" : text.input,
    image.mask === null ? "" : `masked${image.mask}`,
  ];
  return [view, ...parts.filter((part) => part !== "")].join(".");
}

/** States after each layer, `states[0]` the embeddings: [B, N, D] each. */
export function statesOf(context: BuildContext, reading: Reading): readonly Value[] {
  return once(context, `states ${keyOf(reading)}`, () => {
    const { view } = reading;
    const sequence = withOrigin({ part: `${view}/${keyOf(reading)}` }, () => sequenceOf(context, reading));
    return runLayers(context, sequence, { from: 1, route: view });
  });
}

/** Runs a sequence through layer `from` and all above it; returns all states, the given one first. */
export function runLayers(
  context: BuildContext,
  sequence: Sequence,
  { from, route, mix }: { from: number; route: View; mix?: Mix },
): readonly Value[] {
  const states = [sequence.tokens];
  let x = sequence.tokens;
  const pass = `${sequence.view}/${passName(sequence, route)}`;
  const run: SequenceContext = {
    pass,
    view: sequence.view,
    route,
    textTokens: textTokensIn(context, sequence),
    mix: mix ?? withOrigin({ part: pass }, () => attentionOf(context, sequence)),
    keep: dropPath(context, sequence, route),
  };
  for (let layer = from; layer <= context.model.layers; layer++) {
    x = block(context, x, layer, run);
    states.push(x);
  }
  return states;
}

/** Text tokens at the front of a sequence, which may be only a part of the view. */
function textTokensIn(context: BuildContext, { view, tokens }: Sequence): number {
  return view === "text" ? (tokens.type.shape[1] ?? 0) : textTokensOf(context, view);
}

/** Attention over the whole sequence, with its padding mask, its causal mask if it has one, and its position bias. */
export function attentionOf(context: BuildContext, sequence: Sequence): Mix {
  const { view } = sequence;
  const { position } = context.model.attention;
  const text = textTokensIn(context, sequence);
  const length = sequence.tokens.type.shape[1] ?? 0;
  const masks = [
    ...(sequence.causal === true ? [causalMask(text, length)] : []),
    ...(sequence.mask === null ? [] : [keyMask(sequence.mask)]),
  ];
  return (layer, projected, attributes) => {
    const own = positionRuleOf(position).bias(context, position, { view, text, layer });
    const [first = fill(0, [1, 1, 1, 1]), ...others] = own === null ? masks : [own, ...masks];
    return attention({ ...projected, bias: others.reduce((sum, mask) => add(sum, mask), first) }, attributes);
  };
}

/** Added to the logits of masked keys. */
const HIDDEN = -1e9;

/** 0 for keys that are tokens, -1e9 for padding: mask [B, N] of ones and zeros → [B, 1, 1, N]. */
function keyMask(mask: Value): Value {
  const [batch = 0, length = 0] = mask.type.shape;
  return reshape(mul(add(mask, fill(-1)), fill(-HIDDEN)), [batch, 1, 1, length]);
}

/**
 * Causal mask [1, 1, N, N], added to the logits: text attends to the text up to itself and the image, images only to
 * themselves.
 */
export function causalMask(text: number, length: number): Value {
  const hides = (query: number, key: number): boolean => key < text && (query >= text || key > query);
  const data = Float32Array.from({ length: length ** 2 }, (_, i) =>
    hides(Math.floor(i / length), i % length) ? HIDDEN : 0,
  );
  return constant([1, 1, length, length], data);
}

/** Name of one run of a sequence, in the names of its noise (`drop_path.NAME`) and in the part of its nodes. */
function passName({ name, view }: Sequence, route: View): string {
  return route === view ? name : `${name}.${route}`;
}

/** Rates rise linearly from 0 in the first layer to the model's rate in the last, as in the original. */
function dropPath(context: BuildContext, sequence: Sequence, route: View): SequenceContext["keep"] {
  const { layers, dropPath: rate } = context.model;
  if (!context.training || rate === 0) return () => null;
  const batch = sequence.tokens.type.shape[0] ?? 0;
  const keep = Array.from({ length: layers }, (_, i) => 1 - (layers === 1 ? 0 : (rate * i) / (layers - 1)));
  const name = `drop_path.${passName(sequence, route)}`;
  const shape = [layers, branches.length, batch];
  return (layer: number, branch: Branch) => {
    if (keep[layer - 1] === 1) return null;
    const factors = noise(context, name, { kind: "keep", shape, items: 2, keep }, 1);
    const column = slice(
      slice(factors, 0, layer - 1, layer),
      1,
      branches.indexOf(branch),
      branches.indexOf(branch) + 1,
    );
    return reshape(column, [batch, 1, 1]);
  };
}

/** The top state after the final norm, shared by all views: [B, N, D]. */
function finalTokens(context: BuildContext, reading: Reading): Value {
  return once(context, `final ${keyOf(reading)}`, () => finalNorm(context, top(statesOf(context, reading))));
}

/** The trunk's last layer norm, shared by all views: [B, N, D] → the same shape. */
export function finalNorm(context: BuildContext, x: Value): Value {
  return withOrigin({ part: "final_norm" }, () => layerNorm(x, affine(context, "final_norm"), context.model.normEps));
}

/**
 * A one-modality sequence, continued from its state below the lowest pair expert through the pair experts to the final
 * norm: [B, N, D] (`infer_image` and `infer_text` in the original's modules/vlmo_module.py).
 */
export function fusedTokens(context: BuildContext, reading: Reading): Value {
  return once(context, `fused ${keyOf(reading)}`, () => {
    const lowest = fusedFrom(context.model) ?? context.model.layers + 1;
    const below = statesOf(context, reading)[lowest - 1];
    if (below === undefined) throw new Error(`internal: no state below layer ${lowest}`);
    const sequence: Sequence = { ...sequenceOf(context, reading), tokens: below };
    return finalNorm(context, top(runLayers(context, sequence, { from: lowest, route: "pair" })));
  });
}

/** The state above the last layer; `states[0]` is the embeddings. */
export function top(states: readonly Value[]): Value {
  const state = states[states.length - 1];
  if (state === undefined) throw new Error("internal: no states");
  return state;
}

/** Token 0 of [B, N, D]: [B, D]. */
export function clsOf(tokens: Value): Value {
  const [batch = 0, , width = 0] = tokens.type.shape;
  return reshape(slice(tokens, 1, 0, 1), [batch, width]);
}

/** tanh(W·cls + b) over the text's class token (`Pooler` in the original's modules/heads.py): [B, D]. */
export function pooled(context: BuildContext, tokens: Value): Value {
  return withOrigin({ part: "pooler" }, () => {
    const { weight, bias } = affine(context, "pooler");
    return tanh(linear(clsOf(tokens), weight, bias));
  });
}

/** The value of a feature (docs/language/reference.md). */
export function featureOf(context: BuildContext, feature: FeatureSpec, masked: MaskRead | null = null): Value {
  const reading = readingOf(context, feature, masked);
  if (feature.part === "layer") {
    const state = statesOf(context, reading)[feature.layer ?? 0];
    if (state === undefined) throw new Error(`internal: no layer ${feature.layer}`);
    return state;
  }
  return partOf(context, finalTokens(context, reading), feature);
}

function partOf(context: BuildContext, tokens: Value, { view, part }: FeatureSpec): Value {
  if (part === "pixels") throw new Error("internal: pixels do not come out of the trunk");
  const [batch = 0, length = 0, width = 0] = tokens.type.shape;
  const firstImage = textTokensOf(context, view);
  switch (part) {
    case "tokens":
    case "layer":
      return tokens;
    case "cls":
      return clsOf(tokens);
    case "pooled":
      return pooled(context, tokens);
    case "text":
      return slice(tokens, 1, 0, firstImage);
    case "patches":
      return slice(tokens, 1, firstImage + 1, length);
    case "grid": {
      const side = Math.sqrt(length - firstImage - 1);
      return reshape(slice(tokens, 1, firstImage + 1, length), [batch, side, side, width]);
    }
  }
}
