// What a stage compiles to: pure functions of tensors, with what a caller must know to supply their inputs.
import type { Graph } from "../ir/graph.js";
import type { Shape, TensorType } from "../ir/types.js";

/**
 * How the runtime fills a noise input from the counter-based generator. Every item of the optimizer batch has its own
 * draws along the batch axis `items` (where that axis is longer than the batch, it repeats the items block by block),
 * so that they do not depend on which micro-batch the item is in.
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
      /** Reuses the draws of other items of the optimizer batch: those of the input `name` for the rows listed in `rows`. */
      readonly of?: { readonly name: string; readonly rows: string };
    };

/**
 * An input derived from `from`, a tensor of the batch: its entries other than `ignore`, in row-major order. `positions`
 * are flat indices, `values` the entries, `valid` 1 for each and 0 for unused capacity.
 */
export interface Derivation {
  readonly kind: "positions" | "values" | "valid";
  readonly from: string;
  readonly fromType: TensorType;
  readonly ignore: number;
  readonly type: TensorType;
}

/**
 * An input that gathers rows of `from`, a tensor of the whole optimizer batch, by the indices in `rows`, a tensor of
 * the micro-batch.
 */
export interface Gathering {
  readonly from: string;
  readonly rows: string;
}

/**
 * The denominator of a loss's mean, counted over the whole optimizer batch. `items`: its samples. `masked`: its masked
 * positions. `pairs`: its samples and their negatives, an image for each text and a text for each image that has one,
 * which is a 0 in `matches` off the diagonal (null: all other samples are negatives). `flags`: its samples, plus the
 * number of 1s in these tensors.
 */
export type Count =
  | { readonly kind: "items" }
  | { readonly kind: "pairs"; readonly matches: string | null }
  | { readonly kind: "flags"; readonly of: readonly string[] }
  | { readonly kind: "masked"; readonly from: string; readonly ignore: number };

/**
 * The integers that an input may hold: engines differ in what they do with an index out of range or a mask that is
 * neither 0 nor 1.
 */
export interface Range {
  readonly least: number;
  readonly most: number;
  /** One more allowed value, which stands for "none". */
  readonly none?: number;
  /** A value that each row (along the last axis) contains at least once. */
  readonly inEachRow?: number;
  /** What the values are, for messages: `ids of tokens`. */
  readonly what: string;
}

/** A graph with what the runtime must derive, gather, count and draw for its inputs. */
export interface Program {
  readonly graph: Graph;
  readonly noise: ReadonlyMap<string, Distribution>;
  readonly derivations: ReadonlyMap<string, Derivation>;
  /** By input: rows of the whole optimizer batch that a micro-batch reads besides its own samples. */
  readonly gatherings: ReadonlyMap<string, Gathering>;
  /** By scalar input: the denominator to count. */
  readonly counts: ReadonlyMap<string, Count>;
  /** By input, and by tensor that inputs are derived from; everything that holds indices is here. */
  readonly ranges: ReadonlyMap<string, Range>;
}

/**
 * Programs of a stage (docs/decisions/0002-programs.md); `forward` is `encode` with the heads' logits and losses.
 * `vectors` and `pool` are those of a stage whose contrast spans micro-batches (`divided.ts`).
 */
export const programNames = ["encode", "forward", "vectors", "pool", "gradient", "update", "step"] as const;
/** A program that `build` and `exec` can name. */
export type ProgramName = (typeof programNames)[number];
