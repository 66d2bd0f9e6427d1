// The checked specification: what the checker hands to the builder. Every name is resolved, every default filled in,
// every value in its base unit (ratios as fractions, sizes in pixels, durations in optimizer steps or epochs).
import type { DataKind } from "../schema/data.js";
import type { Span } from "../../grammar/index.js";
import type { Activation } from "../ops/activations.js";
import type { OptimizerSpec } from "../optimizers/index.js";
import type { AugmentSpec } from "../schema/augmentations.js";
import type { MixSpec } from "../schema/mixings.js";
import type { DataFormat, DataSettings } from "../schema/formats.js";
import type { MetricName } from "../schema/metrics.js";
import type { ScheduleSpec } from "../schema/schedules.js";
import type { Duration } from "./duration.js";

/** The three ways of running the trunk. `pair` is text then image in one sequence. */
export type View = "image" | "text" | "pair";

/** What an image or a text alone is; a pair is a view of two. */
export type Modality = "image" | "text";

/**
 * Which parameters add positions. `span` is the longest text the relative table can hold (`max_text_len_of_initckpt` in
 * the original's config.py).
 */
export type PositionSpec =
  | { readonly kind: "relative"; readonly span: number; readonly table: "shared" | "per_layer" }
  | { readonly kind: "absolute"; readonly image: boolean; readonly text: boolean }
  | { readonly kind: "sincos" }
  | { readonly kind: "none" };
/** A kind of positions. */
export type PositionKind = PositionSpec["kind"];

/** A feed-forward network (and the norm in front of it) with the views it serves and the layers that hold it. */
export interface ExpertSpec {
  readonly name: string;
  readonly views: readonly View[];
  /** Hidden width over the model's width. */
  readonly ratio: number;
  readonly activation: Activation;
  /** Layers 1…n that hold this expert, ascending. */
  readonly layers: readonly number[];
  readonly span: Span;
}

/** The `attention` of a model. */
export interface AttentionSpec {
  readonly heads: number;
  readonly bias: readonly ("query" | "key" | "value")[];
  /** `all`: one attention for every token; `none`: one per modality. */
  readonly share: "all" | "none";
  readonly position: PositionSpec;
  readonly span: Span;
}

/** Values of a pixel: its grey, its colours, or its colours and transparency. */
export type Channels = 1 | 3 | 4;

/** The `image` of a model; a model without one has no image view. */
export interface ImageSpec {
  /** Pixels along one side; images are square. */
  readonly size: number;
  readonly patch: number;
  readonly channels: Channels;
  /** Image token types: 2 where a sample has two images. */
  readonly types: number;
  readonly span: Span;
}

/** The `text` of a model; a model without one has no text view. */
export interface TextSpec {
  readonly tokenizer: { readonly vocabulary: number; readonly file: string | null; readonly span: Span };
  /** Tokens of a text, with [CLS] and [SEP]. */
  readonly length: number;
  /** Dropout on text embeddings. */
  readonly dropout: number;
  readonly normEps: number;
  /** Keep a position table that nothing reads, as the original's checkpoints do. */
  readonly unreadPositions: boolean;
  readonly span: Span;
}

/**
 * Initial weights: `beit` has deviation 0.02, as modules/multiway_transformer.py, `scaled` the same relative
 * to the width; both are cut in the trunk. `bert` is normal with 0.02 everywhere.
 */
export type InitScheme = "scaled" | "beit" | "bert";

/** A model after `extends`; of a stage, after its `with` too. */
export interface ModelSpec {
  readonly name: string;
  readonly layers: number;
  readonly width: number;
  readonly attention: AttentionSpec;
  readonly normEps: number;
  /** Initial value of layer scale, or null for none. */
  readonly layerScale: number | null;
  readonly dropPath: number;
  readonly init: InitScheme;
  /** Other schemes by parts of the role tree (`experts.language`); the longest path counts. */
  readonly initParts?: ReadonlyMap<string, InitScheme>;
  readonly image: ImageSpec | null;
  readonly text: TextSpec | null;
  readonly experts: readonly ExpertSpec[];
  readonly span: Span;
}

/** What comes out of a view, or (`pixels`) goes into it. `pair[2].pooled` has `image: 2`; `image.layer(7)` has `part: "layer"`, `layer: 7`. */
export interface FeatureSpec {
  readonly view: View;
  /** Which of two images a pair view reads; null where none is chosen, as where a sample has one. */
  readonly image: 1 | 2 | null;
  readonly causal: boolean;
  readonly part: "cls" | "tokens" | "patches" | "grid" | "pooled" | "text" | "layer" | "pixels";
  readonly layer: number | null;
  readonly span: Span;
}

/** A head of any kind, as all but its record see it: its settings are the record's own (compiler/heads/). */
export interface HeadSpec {
  readonly kind: string;
  readonly name: string;
  readonly features: readonly FeatureSpec[];
  /** The head whose parameters this one uses (itself where nothing is shared). */
  readonly parametersOf: string;
  readonly span: Span;
}

/** Which patches are masked: rectangles, or single ones. */
export type PatchMaskKind = "blockwise" | "random";

/** Data of one format, `shapes`, `jsonl`, …: where the records come from, with the settings of that source. */
export interface DataOf<Format extends DataFormat> {
  readonly name: string;
  readonly kind: DataKind;
  readonly format: Format;
  readonly settings: DataSettings<Format>;
  /** By setting, `classes` or `answers`: the data whose list it is, where the block takes it from other data. */
  readonly lists?: Readonly<Record<string, DataSpec>>;
  /** Images of one sample, 1 or 2. */
  readonly images: 1 | 2;
  readonly items: number | null;
  readonly onError: "stop" | "skip";
  readonly span: Span;
}

/** A data block; nothing of it has been opened. */
export type DataSpec = { [Format in DataFormat]: DataOf<Format> }[DataFormat];

export type { DataFormat, DataSettings };

/** One summand of a stage's loss. */
export interface ObjectiveSpec {
  readonly head: HeadSpec;
  readonly weight: number;
  readonly span: Span;
}

export type { AugmentSpec, Duration, MetricName, MixSpec, OptimizerSpec, ScheduleSpec };

/** How a tensor of another size may be fitted; docs/checkpoints.md has the rules. */
export type ResizeRule = "relative_table" | "image_positions" | "text_length" | "types" | "channels";

/** What a stage is initialised from. */
export type OriginSpec =
  | { readonly kind: "scratch" }
  /** `at`: its last step, or the validated one that was best by its `best`. */
  | { readonly kind: "stage"; readonly name: string; readonly at: "end" | "best"; readonly span: Span }
  | {
      readonly kind: "checkpoint";
      readonly path: string;
      readonly layout: "vlmo" | "beit" | "huggingface_beit" | "vlmo_ts";
      /** Of several sets of weights in the file, the one of this name. */
      readonly nest: string | null;
      /** Keys of the file, or parts of the model, as they are written: what matches them is known when the file is read. */
      readonly drop: readonly string[];
      /** Parts as they are written, and the names of their tensors in the stage. */
      readonly fresh: readonly string[];
      readonly freshTensors: ReadonlySet<string>;
      readonly resize: readonly ResizeRule[];
      readonly span: Span;
    };

/** The initial value of a parameter that the stage before does not hold. */
export type CopySpec = {
  readonly to: string;
  readonly from: string;
  /** Rows of the two tables, from 0, where a single row is copied (`embed.type[3]: copy(embed.type[2])`). */
  readonly row?: { readonly to: number; readonly from: number };
};

/** A stage, ready to be built: names are resolved, defaults filled in. */
export interface StageSpec {
  readonly name: string;
  readonly word: "stage" | "finetune";
  /** The model after this stage's `with`. */
  readonly model: ModelSpec;
  readonly from: OriginSpec;
  readonly data: readonly DataSpec[];
  /** Of a mixture the weight of each, in the order of `data`; null where every item comes as often as any other. */
  readonly weights: readonly number[] | null;
  readonly learn: readonly ObjectiveSpec[];
  /** Every head whose parameters this stage holds: those it learns, and those handed on by its predecessors. */
  readonly heads: readonly HeadSpec[];
  /** Names of the parameters that get gradients and optimizer state: reached by a loss and not frozen. */
  readonly trained: ReadonlySet<string>;
  /** Names of parameters held back by `freeze` (or left out of `train`). */
  readonly frozen: ReadonlySet<string>;
  /** Names of the parameters that no loss of the stage reaches. */
  readonly unreached: ReadonlySet<string>;
  readonly copies: readonly CopySpec[];
  readonly batch: number;
  readonly micro: number;
  readonly cached: boolean;
  /** `batch`: means over the whole optimizer batch; `micro_batch`: the original's mean over each micro-batch. */
  readonly mean: "batch" | "micro_batch";
  readonly gatherGradient: "global" | "local";
  readonly duration: Duration;
  readonly optimizer: OptimizerSpec;
  readonly schedule: ScheduleSpec;
  readonly augment: readonly AugmentSpec[];
  /** Ways to mix the images of a batch, of which each draws one. */
  readonly mix: readonly MixSpec[];
  readonly validate: ValidateSpec | null;
  readonly seed: number;
  readonly span: Span;
}

/** One metric of an `evaluate`. */
export interface MetricSpec {
  readonly name: MetricName;
  /** The k of a recall, and among how many first choices an accuracy looks. */
  readonly arguments: readonly number[];
  /** The head a metric is about, where several could be meant. */
  readonly head: string | null;
  /** Of a recall: the head that re-ranks the first candidates of a query, and how many they are. */
  readonly rerank: { readonly head: string; readonly top: number } | null;
  /** Of an overlap: windows that slide over images; null: an image is stretched to the model's size. */
  readonly windows: WindowsSpec | null;
  readonly span: Span;
}

/** Windows of the model's size that slide over an image, in pixels. */
export interface WindowsSpec {
  /** From one window to the next. */
  readonly stride: number;
  /** Of the image's shorter side, to which it is scaled; null: as many as it has. */
  readonly shortSide: number | null;
}

/** How a stage is measured while it is trained. */
export interface ValidateSpec {
  readonly every: Duration;
  readonly best: BestSpec | null;
  /** Validations in a row without a better one after which the stage ends; null: it has all of its steps. */
  readonly patience: number | null;
}

/** The metric by which a stage's best checkpoint is kept. */
export interface BestSpec {
  readonly metric: MetricName;
  readonly head: string | null;
  /** Of a recall, all that are measured where it is left out; of an accuracy. */
  readonly k: number | null;
  readonly span: Span;
}

/** An `evaluate` block. */
export interface EvaluationSpec {
  readonly name: string;
  readonly data: DataSpec;
  readonly stage: string;
  readonly metrics: readonly MetricSpec[];
  readonly batch: number;
  readonly span: Span;
}

/** A whole checked specification. Maps keep the order of the file. */
export interface Spec {
  readonly models: ReadonlyMap<string, ModelSpec>;
  readonly heads: ReadonlyMap<string, HeadSpec>;
  readonly data: ReadonlyMap<string, DataSpec>;
  readonly stages: ReadonlyMap<string, StageSpec>;
  readonly evaluations: ReadonlyMap<string, EvaluationSpec>;
  readonly params: ReadonlyMap<string, number | string | boolean>;
  readonly written: Written;
}

/** What a specification was read from: with it, and nothing else, it can be read again. */
export interface Written {
  /** The path of the file that was checked, as in `files`. */
  readonly entry: string;
  /** The texts of `--set` options. */
  readonly set: readonly string[];
  /** Texts by path: the file's own, and of all that it imports. */
  readonly files: ReadonlyMap<string, string>;
}
