// The interface between the data pipeline and training: what a stage needs, and what it gets. Batches are made in
// batch-source.ts.
import type { Tensors } from "../../tensor.js";
import type { AugmentSpec, BatchWants, Channels, MixSpec, PixelType } from "../../../compiler/index.js";
import type { DataSet, Item } from "../sources/data-set.js";
import type { ImageLoader } from "../images/image.js";
import type { PatchMasking } from "./mask-patches.js";
import type { PatchCodes } from "./patch-codes.js";
import type { TokenMasking } from "./mask-tokens.js";
import type { Tokenizer } from "../text/tokenizer.js";

/** What heads of a stage need in different ways, by the suffix of the tensors' names ("" for the first way). */
export type Ways<Way> = ReadonlyMap<string, Way>;

/** The tensors of a batch; only those named here are made. */
export interface BatchNeeds {
  /** `image` [B,C,S,S]; with `count: 2`, `image_0` and `image_1`. Channels first, float32 by default. */
  readonly image?: {
    readonly size: number;
    readonly channels: Channels;
    readonly count?: 1 | 2;
    readonly type?: PixelType;
    readonly augment?: readonly AugmentSpec[];
  };
  /** `text_ids` int32 [B,T], and the padding mask `text_masks` float32 [B,T] (1 for tokens, 0 for padding). */
  readonly text?: { readonly tokenizer: Tokenizer; readonly length: number };
  /** For each way: `text_ids_mlm` int32 [B,T] and `text_labels_mlm` int32 [B,T] (−100 where nothing is to be predicted). */
  readonly maskedTokens?: Ways<TokenMasking>;
  /** For each way: `patch_mask` float32 [B,P], 1 where masked, row-major over `grid` = [rows, columns]. */
  readonly maskedPatches?: Ways<PatchMasking>;
  /** For each way: `patch_codes` int32 [B,P], from a file. */
  readonly patchCodes?: Ways<PatchCodes>;
  /** `label` int32 [B]. */
  readonly label?: boolean;
  /** Ways to mix images; each batch draws one. Adds `label_second` int32 [B] and `label_share` float32 [B]. */
  readonly mix?: readonly MixSpec[];
  /** `answer_targets` float32 [B,C], the score of every answer. */
  readonly answers?: boolean;
  /**
   * `matches` float32 [B,B], over the whole batch even if only a part of it is read: 1 if the text of the column is known to be
   * true of the image of the row.
   */
  readonly matches?: boolean;
  /** `mask` int32 [B,S,S], class indices, −100 for pixels without a class; augmented like the image. */
  readonly mask?: { readonly size: number; readonly of?: BatchWants["mask"] };
}

/** A position in the data: after `offset` items of the epoch's order. Plain data, for checkpoints. */
export interface Position {
  readonly epoch: number;
  readonly offset: number;
}

/** What a batch contributes to the denominators of losses. */
export interface BatchCounts {
  /** Items that count: fewer than the batch size only in a padded last batch of an evaluation. */
  readonly items: number;
  readonly maskedTokens: number;
  readonly maskedPatches: number;
  /** Texts truncated to the model's length. */
  readonly truncated: number;
}

/** The input of one optimizer step. */
export interface Batch {
  readonly tensors: Tensors;
  /** Names of the items, for messages. */
  readonly items: readonly string[];
  /** Indices of the items in the data set. */
  readonly indices: readonly number[];
  /** Positions of the items in the whole batch, of which this may be a part. */
  readonly numbers: readonly number[];
  readonly counts: BatchCounts;
  /** The positions of this batch and of the next one, which is saved after the step. */
  readonly start: Position;
  readonly next: Position;
}

/** How batches are made. */
export interface BatchOptions {
  readonly dataSet: DataSet;
  readonly needs: BatchNeeds;
  readonly batch: number;
  /** Positions of the items to read in each training batch, while other processes read the rest; default: all. */
  readonly own?: readonly number[];
  readonly seed: number;
  /** Number of prefetched batches, default 2. */
  readonly prefetch?: number;
  /** Whether an image that cannot be decoded ends the run (default) or is left out and counted. */
  readonly onError?: "stop" | "skip";
  /** Loads images; default: a loader on this thread. */
  readonly loader?: ImageLoader;
  /** Called once for each item that is left out, with the reason. */
  readonly leftOut?: ((item: Item, reason: string) => void) | undefined;
}

/** An endless sequence of training batches, reshuffled each epoch; the incomplete last batch of an epoch is dropped. */
export interface BatchSource {
  /** Full batches per epoch, if no item is left out. */
  readonly batchesPerEpoch: number;
  /** The next batch. Throws `VlmoError`. */
  next(): Promise<Batch>;
  /** Recycles a batch that is no longer used: later batches overwrite its arrays. */
  recycle(batch: Batch): void;
  /** Moves to a position: the same batches follow as before. */
  seek(position: Position): void;
  /** Items left out under `on_error: skip`, by name, with the reason. */
  skipped(): readonly { readonly item: string; readonly reason: string }[];
  /** Stops prefetching; resolves when nothing is pending. */
  close(): Promise<void>;
}
