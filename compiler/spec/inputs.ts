// The tensors of a batch, by name: the contract between the programs that read them and the data pipeline that makes them.
import type { PatchMaskKind } from "./spec.js";

/** Names of the tensors of a batch of B samples, with T text tokens, P patches and images of side S. */
export const inputs = {
  /** [B, C, S, S]: float32 from −1 to 1, or uint8, as `PixelType` says. */
  image: "image",
  /** The same if a sample has two images. */
  firstImage: "image_0",
  secondImage: "image_1",
  /** int32 [B, T]. */
  tokens: "text_ids",
  /** float32 [B, T]: 1 for tokens, 0 for padding. */
  textMask: "text_masks",
  /** int32 [B, T]: the tokens with some of them masked. */
  maskedTokens: "text_ids_mlm",
  /** int32 [B, T]: the ids at masked positions, `ignored` elsewhere. */
  tokenLabels: "text_labels_mlm",
  /** float32 [B, P]: 1 for masked patches. */
  patchMask: "patch_mask",
  /** int32 [B, P]: the code of each patch. */
  patchCodes: "patch_codes",
  /** int32 [B]. */
  label: "label",
  /** int32 [B]: for mixed images, the label of the second image; and float32 [B]: the weight of the first. */
  secondLabel: "label_second",
  labelShare: "label_share",
  /** int32 [B, S, S]: the class of every pixel, `ignored` for unlabelled ones. */
  mask: "mask",
  /** float32 [B, C]: the soft score of every answer. */
  answers: "answer_targets",
  /** float32 [B, B], over all ranks: 1 where the text of the column is known to match the image of the row. */
  matches: "matches",
  /** int32 [B]: indices of a rank's samples among those of all ranks, which the program compares. */
  own: "own_items",
  /** int32 [1]: index of this rank. */
  rank: "rank",
} as const;

/**
 * Pixels of a batch: float32 from −1 to 1, or the levels 0 … 255 that they come from, a quarter of the bytes, which the
 * program converts.
 */
export type PixelType = "float32" | "uint8";

/** A batch tensor gathered for the hard negatives that a head mined from the whole optimizer batch. */
export type MinedInput = `mined.${string}`;

/** The name of the mined rows of a batch tensor. */
export function minedInput(head: string, input: string): MinedInput {
  return `mined.${head}.${input}`;
}

/** Prefixes of names in programs: of parameters (`grad.NAME`), of heads (`loss.HEAD`). */
export const prefixes = {
  /** The gradient of a parameter, or its sum over the micro-batches so far. */
  gradient: "grad.",
  /** A gradient to add to the sum. */
  summand: "more.",
  /** A parameter, or a tensor of the optimizer's state, after the step. */
  next: "next.",
  /** The denominator of a head's mean. */
  count: "count.",
  loss: "loss.",
  /** A vector that a contrast over the whole optimizer batch compares: `pool.HEAD.image`. */
  pool: "pool.",
  /** The gradient of the contrast with respect to a vector, or to a parameter that only the contrast reads. */
  cotangent: "cotangent.",
  /** A sum that validation divides by the denominator: `sum.HEAD.correct`. */
  sum: "sum.",
} as const;

/** The output of a program that compares image vectors with text vectors. */
export const scoresOutput = "scores";

/** The label of positions that are not predicted (PyTorch's `ignore_index`). */
export const ignored = -100;

/** Masked positions of a batch, to be predicted from the rest: those where `from` is not `ignore`. */
export interface BatchMask {
  readonly of: "text" | "image";
  /** `text_labels_mlm` or `patch_mask`; where heads mask differently, with the suffix `.HEAD` for all but the first. */
  readonly from: string;
  readonly ignore: number;
  /** Share of the positions that are masked. */
  readonly share: number;
}

/** Which of several masks of a batch is read: the suffix of the names of its inputs. */
export interface MaskRead {
  readonly of: BatchMask["of"];
  readonly suffix: string;
}

/** The key of `BatchWants` for the masked positions of each modality. */
export const maskedBy = { text: "maskedTokens", image: "maskedPatches" } as const satisfies Record<
  BatchMask["of"],
  OwnWant
>;

/** The masked tokens of a batch. */
export const tokenMask = { of: "text", from: inputs.tokenLabels, ignore: ignored } as const;
/** The masked patches of a batch. */
export const patchMask = { of: "image", from: inputs.patchMask, ignore: 0 } as const;

/** What heads require of a batch beyond images and texts; the pipeline makes nothing else. */
export interface BatchWants {
  readonly label?: true;
  readonly answers?: true;
  readonly matches?: true;
  /** Classes of pixels, below `classes`, for the head of that name. */
  readonly mask?: { readonly head: string; readonly classes: number };
  readonly maskedTokens?: {
    /** Share of the tokens that are masked. */
    readonly probability: number;
    readonly wholeWord: boolean;
    /**
     * `original` masks as the original's collator does: transformers' DataCollatorForWholeWordMask, padding included.
     * `left_to_right` as BEiT-3 does for captions: single tokens, the end-of-text token too, always replaced by [MASK].
     */
    readonly variant: "default" | "original" | "left_to_right";
  };
  readonly maskedPatches?: { readonly ratio: number; readonly shape: PatchMaskKind };
  /** Codes of patches, each below `count`, from a file that the specification `namedIn` names. */
  readonly patchCodes?: { readonly file: string; readonly namedIn: string; readonly count: number };
}

/** Inputs that heads of one stage may want in different variants. */
export type OwnWant = "maskedTokens" | "maskedPatches" | "patchCodes";
