// What a stage compiles to: pure functions of tensors, with the facts a caller needs to supply their inputs.
import type { Graph } from "../ir/graph.js";
import type { Shape, TensorType } from "../ir/types.js";

/**
 * How the runtime fills a noise input from the counter-based generator. Every item of the optimizer batch has draws of its
 * own along `items`, the axis of the batch (where it is longer than the batch, all items come again, one block after the
 * other), so that they do not depend on the micro-batch that the item is in.
 */
export type Distribution =
  /** Standard Gumbel: argmax(log w + noise) draws from w. */
  | { readonly kind: "gumbel"; readonly shape: Shape; readonly items: number }
  /** 1/keep with probability keep, else 0; `keep` has one entry per index of the first axis, or one for all. */
  | {
      readonly kind: "keep";
      readonly shape: Shape;
      readonly items: number;
      readonly keep: readonly number[];
      /** The draws of other items of the optimizer batch: those that the input `name` has for the rows that `rows` names. */
      readonly of?: { readonly name: string; readonly rows: string };
    };

/**
 * An input worked out from `from`, a tensor of the batch: where `from` is not `ignore`, in row-major order.
 * `positions` are flat indices, `values` what stands there, `valid` 1 for each and 0 for the rest of the capacity.
 */
export interface Derivation {
  readonly kind: "positions" | "values" | "valid";
  readonly from: string;
  readonly fromType: TensorType;
  readonly ignore: number;
  readonly type: TensorType;
}

/**
 * An input that holds rows of `from`, a tensor of the whole optimizer batch: those whose numbers are in `rows`, a tensor
 * of the micro-batch.
 */
export interface Gathering {
  readonly from: string;
  readonly rows: string;
}

/**
 * The denominator of a loss's mean, over the whole optimizer batch: its items; its masked positions; or its items with
 * their negatives, an image and a text for each where `matches` (null: nothing but the pairs themselves) leaves one. `flags`: its items and the ones in these
 * tensors.
 */
export type Count =
  | { readonly kind: "items" }
  | { readonly kind: "pairs"; readonly matches: string | null }
  | { readonly kind: "flags"; readonly of: readonly string[] }
  | { readonly kind: "masked"; readonly from: string; readonly ignore: number };

/**
 * The whole numbers that an input may hold: others would index outside of the tables, or are no
 * masks, of which engines make different things.
 */
export interface Range {
  readonly least: number;
  readonly most: number;
  /** One more number, which stands for none of them. */
  readonly none?: number;
  /** A number that each row (along the last axis) holds at least once. */
  readonly inEachRow?: number;
  /** What the numbers are: `ids of tokens`. */
  readonly what: string;
}

/** A graph with what the runtime must work out, count and draw for its inputs. */
export interface Program {
  readonly graph: Graph;
  readonly noise: ReadonlyMap<string, Distribution>;
  readonly derivations: ReadonlyMap<string, Derivation>;
  /** By input: rows of the whole optimizer batch that a micro-batch reads besides its own. */
  readonly gatherings: ReadonlyMap<string, Gathering>;
  /** By scalar input: what the runtime must count. */
  readonly counts: ReadonlyMap<string, Count>;
  /** By input, and by tensor that inputs are worked out from: all that hold indices are here. */
  readonly ranges: ReadonlyMap<string, Range>;
}

/**
 * Programs of a stage (docs/decisions/0002-programs.md); `forward` is `encode` with the heads' logits and losses.
 * `vectors` and `pool` are those of a stage whose contrast spans micro-batches (`divided.ts`).
 */
export const programNames = ["encode", "forward", "vectors", "pool", "gradient", "update", "step"] as const;
/** A program that `build` and `exec` can name. */
export type ProgramName = (typeof programNames)[number];
