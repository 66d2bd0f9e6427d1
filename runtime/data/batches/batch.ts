// What a stage asks of its data and what it gets: the types between the data pipeline and the trainer. The work is in
// batch-source.ts.
import type { Tensors } from "../../tensor.js";
import type { AugmentSpec, BatchWants, Channels, MixSpec, PixelType } from "../../../compiler/index.js";
import type { DataSet, Item } from "../sources/data-set.js";
import type { ImageLoader } from "../images/image.js";
import type { PatchMasking } from "./mask-patches.js";
import type { PatchCodes } from "./patch-codes.js";
import type { TokenMasking } from "./mask-tokens.js";
import type { Tokenizer } from "../text/tokenizer.js";

/** What heads of a stage want in ways of their own, by what is behind the names of its tensors: nothing for the first way. */
export type Ways<Way> = ReadonlyMap<string, Way>;

/** What a batch must hold; only what is named here is made. */
export interface BatchNeeds {
  /** `image` [B,C,S,S]; with `count: 2`, `image_0` and `image_1`. Channels first, float32 where no `type` is named. */
  readonly image?: {
    readonly size: number;
    readonly channels: Channels;
    readonly count?: 1 | 2;
    readonly type?: PixelType;
    readonly augment?: readonly AugmentSpec[];
  };
  /** `text_ids` int32 [B,T] and `text_masks` float32 [B,T] (1 real, 0 padding). */
  readonly text?: { readonly tokenizer: Tokenizer; readonly length: number };
  /** `text_ids_mlm` int32 [B,T] and `text_labels_mlm` int32 [B,T] (−100 where nothing is to be predicted), for each way. */
  readonly maskedTokens?: Ways<TokenMasking>;
  /** `patch_mask` float32 [B,P], 1 where masked, row-major over `grid` = [rows, columns], for each way. */
  readonly maskedPatches?: Ways<PatchMasking>;
  /** `patch_codes` int32 [B,P], of a file, for each way. */
  readonly patchCodes?: Ways<PatchCodes>;
  /** `label` int32 [B]. */
  readonly label?: boolean;
  /** Ways to mix images, of which each batch draws one: then with `label_second` int32 [B] and `label_share` float32 [B]. */
  readonly mix?: readonly MixSpec[];
  /** `answer_targets` float32 [B,C], the score of every answer. */
  readonly answers?: boolean;
  /** `matches` float32 [B,B], of the whole batch where a part of it is read: 1 where the text of the column is known to be true of the image of the row. */
  readonly matches?: boolean;
  /** `mask` int32 [B,S,S], class indices, −100 where a pixel has none; moved as the image is. */
  readonly mask?: { readonly size: number; readonly of?: BatchWants["mask"] };
}

/** The position of a run in its data, after `offset` items of the epoch's order. Plain data, for checkpoints. */
export interface Position {
  readonly epoch: number;
  readonly offset: number;
}

/** How much a batch holds of what losses average over. */
export interface BatchCounts {
  /** Items that count; fewer than the batch's size only in the padded last batch of an evaluation. */
  readonly items: number;
  readonly maskedTokens: number;
  readonly maskedPatches: number;
  /** Texts cut to the text length. */
  readonly truncated: number;
}

/** The input of one optimizer step. */
export interface Batch {
  readonly tensors: Tensors;
  /** The items' names, for messages. */
  readonly items: readonly string[];
  /** The items' indices within the data set. */
  readonly indices: readonly number[];
  /** The items' numbers in the whole batch, of which they may be a part. */
  readonly numbers: readonly number[];
  readonly counts: BatchCounts;
  /** The position of this batch, and that of the next one: the position to save after the step. */
  readonly start: Position;
  readonly next: Position;
}

/** What batches are made of, and how. */
export interface BatchOptions {
  readonly dataSet: DataSet;
  readonly needs: BatchNeeds;
  readonly batch: number;
  /** Numbers of the items of a training batch that are read, where other processes read the others; default: all. */
  readonly own?: readonly number[];
  readonly seed: number;
  /** Batches prefetched, default 2. */
  readonly prefetch?: number;
  /** What an image that cannot be decoded does: end the run (default), or be left out and counted. */
  readonly onError?: "stop" | "skip";
  /** What loads images; by default one that works on this thread. */
  readonly loader?: ImageLoader;
  /** Called once for each skipped item, with the reason. */
  readonly leftOut?: ((item: Item, reason: string) => void) | undefined;
}

/** An endless sequence of training batches, reshuffled each epoch; what does not fill a batch is dropped. */
export interface BatchSource {
  /** Full batches in an epoch, as long as nothing is skipped. */
  readonly batchesPerEpoch: number;
  /** The next batch. Throws `VlmoError`. */
  next(): Promise<Batch>;
  /** Recycles a batch that nobody reads any more: later ones are written over its arrays. */
  recycle(batch: Batch): void;
  /** Goes to a position: the batches that follow are those that followed it before. */
  seek(position: Position): void;
  /** Items left out so far under `on_error: skip`, by name, with the reason. */
  skipped(): readonly { readonly item: string; readonly reason: string }[];
  /** Stops prefetching; resolves when nothing is in flight. */
  close(): Promise<void>;
}
