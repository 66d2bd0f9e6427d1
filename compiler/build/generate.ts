// Text generation from an image, one token at a time. What does not change between tokens is computed once: `prefix`
// returns the keys and values of the image, which does not attend to the text, and `next` caches those of the tokens
// written so far. A text in progress ends with [MASK], as in training; each step computes that token and the one before
// it, all others are cached.
import type { Value } from "../ir/graph.js";
import { ruleOf } from "../heads/index.js";
import { only } from "../heads/head.js";
import { softmax } from "../ops/composite.js";
import { add, mul } from "../ops/elementwise.js";
import { gather } from "../ops/indexing.js";
import { matmul } from "../ops/linear.js";
import { broadcastTo, concat, identity, reshape, slice, transpose } from "../ops/structure.js";
import { positionRuleOf } from "../positions/index.js";
import { imageTokens } from "../spec/geometry.js";
import type { HeadSpec, StageSpec } from "../spec/spec.js";
import type { Mix } from "./block.js";
import { indices, named, type BuildContext, type Sizes } from "./context.js";
import { imageEmbedding, textLength, tokenIds, tokensAt } from "./embed.js";
import { createContext, finishForward } from "./parts.js";
import type { Program } from "./program.js";
import { attentionOf, causalMask, finalNorm, readingOf, runLayers, top, type Sequence } from "./trunk.js";

/** Inputs of `next` besides the outputs of `prefix` and the cache from its previous step (zeros at first). */
export const nextInputs = {
  /** int32 [B · beams, 2]: the token written last, and [MASK]. */
  ids: "next.ids",
  /** int32 [2]: their positions. */
  positions: "next.positions",
  /** int32 [B · beams]: for each text, the text of the previous step that it extends. */
  parents: "next.parents",
} as const;

/** The two cached tensors of attention. */
type Memory = "keys" | "values";

const nameOf = (side: "image" | "text", layer: number, memory: Memory): string => `${side}.${layer}.${memory}`;
const biasName = (layer: number): string => `bias.${layer}`;

/**
 * For B images: keys and values of every layer, [B, H, I, D / H], and the attention bias of text queries,
 * [T, H, T + I].
 */
export function buildPrefix(stage: StageSpec, sizes: Sizes, head: HeadSpec): Program {
  const context = createContext(stage, sizes, { training: false });
  const tokens = imageEmbedding(context, readingOf(context, only(head), null).image);
  const sequence: Sequence = { name: "prefix", view: "image", tokens, mask: null };
  const outputs = new Map<string, Value>();
  const attend = attentionOf(context, sequence);
  const mix: Mix = (layer, projected, attributes) => {
    outputs.set(nameOf("image", layer, "keys"), projected.k).set(nameOf("image", layer, "values"), projected.v);
    outputs.set(biasName(layer), textBias(context, layer));
    return attend(layer, projected, attributes);
  };
  runLayers(context, sequence, { from: 1, route: "pair", mix });
  return finishForward(context, "prefix", outputs);
}

/** Rows of a causal pair's attention bias for every text position. */
function textBias(context: BuildContext, layer: number): Value {
  const { position, heads } = context.model.attention;
  const [text, length] = lengthsOf(context);
  const rowsOf = (bias: Value): Value => slice(bias, 2, 0, text);
  const own = positionRuleOf(position).bias(context, position, { view: "pair", text, layer });
  const hidden = rowsOf(causalMask(text, length));
  const all = own === null ? broadcastTo(hidden, [1, heads, text, length]) : add(rowsOf(own), hidden);
  return transpose(reshape(all, [heads, text, length]), [1, 0, 2]);
}

/** Tokens in a text, and in a pair. */
function lengthsOf(context: BuildContext): [text: number, pair: number] {
  const text = textLength(context);
  return [text, text + imageTokens(context.model)];
}

/** One more token of `beams` texts for each of B images: `logits` [B · beams, V] of the token in place of [MASK]. */
export function buildNext(stage: StageSpec, sizes: Sizes, head: HeadSpec): Program {
  const { writes } = ruleOf(head);
  if (writes === undefined) throw new Error(`internal: the head ${head.name} does not write`);
  const { beams } = writes.search(head);
  const context = createContext(stage, sizes, { training: false });
  const rows = sizes.batch * beams;
  const [text] = lengthsOf(context);
  const ids = indices(context, nextInputs.ids, [rows, 2], tokenIds(context));
  const places = { least: 0, most: text - 1, what: "places in a text" };
  const positions = indices(context, nextInputs.positions, [2], places);
  const parents = indices(context, nextInputs.parents, [rows], { least: 0, most: rows - 1, what: "texts of a step" });
  const tokens = tokensAt(context, ids, positions);
  const kept = new Map<string, Value>();
  const mix = attendToAll(context, { positions, parents, beams, kept });
  const sequence: Sequence = { name: "next", view: "text", tokens, mask: null };
  const states = finalNorm(context, top(runLayers(context, sequence, { from: 1, route: "pair", mix })));
  const last = reshape(slice(states, 1, 1, 2), [rows, context.model.width]);
  return finishForward(context, "next", new Map([...kept, ["logits", writes.logits(context, head, last)]]));
}

interface Step {
  readonly positions: Value;
  readonly parents: Value;
  readonly beams: number;
  /** Keys and values of the text, cached for the next step. */
  readonly kept: Map<string, Value>;
}

/** The two tokens attend to the image, to the text before them, and to themselves. */
function attendToAll(context: BuildContext, { positions, parents, beams, kept }: Step): Mix {
  const { batch } = context.sizes;
  const { heads } = context.model.attention;
  const [text, length] = lengthsOf(context);
  const place = gather(identity(text), positions);
  const put = (x: Value, index: 0 | 1): Value =>
    mul(slice(x, 2, index, index + 1), reshape(slice(place, 0, index, index + 1), [1, 1, text, 1]));
  const share = beamsOf(batch, beams);
  return (layer, { q, k, v }, { scale }) => {
    const [rows = 0, , , size = 0] = q.type.shape;
    const extended = (memory: Memory, own: Value): { texts: Value; images: Value } => {
      const name = nameOf("text", layer, memory);
      const before = named(context, name, "batch", { dtype: "float32", shape: [rows, heads, text, size] });
      const written = add(gather(before, parents), put(own, 0));
      kept.set(name, written);
      const image = nameOf("image", layer, memory);
      const shape = [batch, heads, length - text, size];
      return {
        texts: add(written, put(own, 1)),
        images: named(context, image, "batch", { dtype: "float32", shape }),
      };
    };
    const [keys, values] = [extended("keys", k), extended("values", v)];
    const all = named(context, biasName(layer), "batch", { dtype: "float32", shape: [text, heads, length] });
    const bias = transpose(gather(all, positions), [1, 0, 2]);
    const toText = matmul(q, keys.texts, { transB: true, alpha: scale });
    const toImage = share.apart(matmul(share.together(q), keys.images, { transB: true, alpha: scale }));
    const weights = softmax(add(concat([toText, toImage], 3), bias));
    const [ofText, ofImage] = [slice(weights, 3, 0, text), slice(weights, 3, text, length)];
    return add(matmul(ofText, values.texts), share.apart(matmul(share.together(ofImage), values.images)));
  };
}

/**
 * Folds the beams into the query axis, since all texts of an image attend to the same image:
 * [B · beams, H, 2, X] ⇄ [B, H, beams · 2, X].
 */
function beamsOf(batch: number, beams: number): { together: (x: Value) => Value; apart: (x: Value) => Value } {
  return {
    together: (x) => {
      const [, heads = 0, tokens = 0, width = 0] = x.type.shape;
      const moved = transpose(reshape(x, [batch, beams, heads, tokens, width]), [0, 2, 1, 3, 4]);
      return reshape(moved, [batch, heads, beams * tokens, width]);
    },
    apart: (x) => {
      const [, heads = 0, all = 0, width = 0] = x.type.shape;
      const moved = transpose(reshape(x, [batch, heads, beams, all / beams, width]), [0, 2, 1, 3, 4]);
      return reshape(moved, [batch * beams, heads, all / beams, width]);
    },
  };
}
