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

/** The three ways to run the trunk. `pair` is text then image in one sequence. */
export type View = "image" | "text" | "pair";

/** A pair has two modalities; an image or a text alone has one. */
export type Modality = "image" | "text";

/**
 * Which parameters encode positions. `span` is the longest text that the relative table has offsets for
 * (`max_text_len_of_initckpt` in the original's config.py).
 */
export type PositionSpec =
  | { readonly kind: "relative"; readonly span: number; readonly table: "shared" | "per_layer" }
  | { readonly kind: "absolute"; readonly image: boolean; readonly text: boolean }
  | { readonly kind: "sincos" }
  | { readonly kind: "none" };
/** A kind of positions. */
export type PositionKind = PositionSpec["kind"];

/** A feed-forward network (and the norm in front of it) with the views it processes and the layers that hold it. */
export interface ExpertSpec {
  readonly name: string;
  readonly views: readonly View[];
  /** Hidden width divided by the model's width. */
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

/** Channels of a pixel: grey, RGB, or RGBA. */
export type Channels = 1 | 3 | 4;

/** The `image` of a model; a model without one has no image view. */
export interface ImageSpec {
  /** Side in pixels; images are square. */
  readonly size: number;
  readonly patch: number;
  readonly channels: Channels;
  /** Image token types: 2 if a sample has two images. */
  readonly types: number;
  readonly span: Span;
}

/** The `text` of a model; a model without one has no text view. */
export interface TextSpec {
  readonly tokenizer: { readonly vocabulary: number; readonly file: string | null; readonly span: Span };
  /** Tokens of a text, including [CLS] and [SEP]. */
  readonly length: number;
  /** Dropout on text embeddings. */
  readonly dropout: number;
  readonly normEps: number;
  /** Keep a position table that is never read, as the original's checkpoints do. */
  readonly unreadPositions: boolean;
  readonly span: Span;
}

/**
 * Initial weights. `beit`: standard deviation 0.02, as in modules/multiway_transformer.py; `scaled`: the same relative
 * to the width; both are truncated in the trunk. `bert`: normal with 0.02 everywhere.
 */
export type InitScheme = "scaled" | "beit" | "bert";

/** A model after `extends`; for a stage, after its `with` too. */
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
  /** Other schemes by parts of the role tree (`experts.language`); the longest path takes precedence. */
  readonly initParts?: ReadonlyMap<string, InitScheme>;
  readonly image: ImageSpec | null;
  readonly text: TextSpec | null;
  readonly experts: readonly ExpertSpec[];
  readonly span: Span;
}

/**
 * An output of a view, or (`pixels`) its input. `pair[2].pooled` has `image: 2`; `image.layer(7)` has `part: "layer"`,
 * `layer: 7`.
 */
export interface FeatureSpec {
  readonly view: View;
  /** Which of two images a pair view reads; null if none is selected, as for samples with one image. */
  readonly image: 1 | 2 | null;
  readonly causal: boolean;
  readonly part: "cls" | "tokens" | "patches" | "grid" | "pooled" | "text" | "layer" | "pixels";
  readonly layer: number | null;
  readonly span: Span;
}

/** A head of any kind, as all code but its record sees it: its settings are private to the record (compiler/heads/). */
export interface HeadSpec {
  readonly kind: string;
  readonly name: string;
  readonly features: readonly FeatureSpec[];
  /** The head whose parameters this one uses (itself if it does not share). */
  readonly parametersOf: string;
  readonly span: Span;
}

/** How masked patches are chosen: in rectangles, or singly. */
export type PatchMaskKind = "blockwise" | "random";

/** Data of one format, `shapes`, `jsonl`, …: where the records come from, with the settings of that source. */
export interface DataOf<Format extends DataFormat> {
  readonly name: string;
  readonly kind: DataKind;
  readonly format: Format;
  readonly settings: DataSettings<Format>;
  /** By setting, `classes` or `answers`: the data block whose list it is, if the block takes the list from another one. */
  readonly lists?: Readonly<Record<string, DataSpec>>;
  /** Images per sample, 1 or 2. */
  readonly images: 1 | 2;
  readonly items: number | null;
  readonly onError: "stop" | "skip";
  readonly span: Span;
}

/** A data block; none of its files has been opened. */
export type DataSpec = { [Format in DataFormat]: DataOf<Format> }[DataFormat];

export type { DataFormat, DataSettings };

/** One term of a stage's loss. */
export interface ObjectiveSpec {
  readonly head: HeadSpec;
  readonly weight: number;
  readonly span: Span;
}

export type { AugmentSpec, Duration, MetricName, MixSpec, OptimizerSpec, ScheduleSpec };

/** How a tensor of another size may be resized; docs/checkpoints.md has the rules. */
export type ResizeRule = "relative_table" | "image_positions" | "text_length" | "types" | "channels";

/** What a stage is initialised from. */
export type OriginSpec =
  | { readonly kind: "scratch" }
  /** `at`: its last step, or its best validated one by its `best`. */
  | { readonly kind: "stage"; readonly name: string; readonly at: "end" | "best"; readonly span: Span }
  | {
      readonly kind: "checkpoint";
      readonly path: string;
      readonly layout: "vlmo" | "beit" | "huggingface_beit" | "vlmo_ts";
      /** The name of one of several sets of weights in the file. */
      readonly nest: string | null;
      /** Keys of the file, or parts of the model, as written: what matches them is known only when the file is read. */
      readonly drop: readonly string[];
      /** Parts as written, and the names of their tensors in the stage. */
      readonly fresh: readonly string[];
      readonly freshTensors: ReadonlySet<string>;
      readonly resize: readonly ResizeRule[];
      readonly span: Span;
    };

/** The initial value of a parameter that the previous stage does not hold. */
export type CopySpec = {
  readonly to: string;
  readonly from: string;
  /** Row indices in the two tables, from 0, if a single row is copied (`embed.type[3]: copy(embed.type[2])`). */
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
  /** Mixture weights in the order of `data`; null if all items are equally frequent. */
  readonly weights: readonly number[] | null;
  readonly learn: readonly ObjectiveSpec[];
  /** Every head whose parameters this stage holds: those it learns, and those handed over by its predecessors. */
  readonly heads: readonly HeadSpec[];
  /** Names of the parameters that get gradients and optimizer state: reached by a loss and not frozen. */
  readonly trained: ReadonlySet<string>;
  /** Names of parameters excluded by `freeze` (or left out of `train`). */
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
  /** Ways to mix the images of a batch; each batch draws one. */
  readonly mix: readonly MixSpec[];
  readonly validate: ValidateSpec | null;
  readonly seed: number;
  readonly span: Span;
}

/** One metric of an `evaluate`. */
export interface MetricSpec {
  readonly name: MetricName;
  /** The k of a recall, and of a top-k accuracy. */
  readonly arguments: readonly number[];
  /** The head that a metric evaluates, if there is a choice. */
  readonly head: string | null;
  /** For a recall: the head that re-ranks the top candidates of a query, and the number of candidates. */
  readonly rerank: { readonly head: string; readonly top: number } | null;
  /** For an IoU: sliding windows over images; null: the image is stretched to the model's square. */
  readonly windows: WindowsSpec | null;
  readonly span: Span;
}

/** Sliding windows of the model's size over an image, in pixels. */
export interface WindowsSpec {
  /** From one window to the next. */
  readonly stride: number;
  /** The length to which the image's shorter side is scaled; null: not scaled. */
  readonly shortSide: number | null;
}

/** How a stage is validated during training. */
export interface ValidateSpec {
  readonly every: Duration;
  readonly best: BestSpec | null;
  /** Early stopping: validations in a row without improvement after which the stage ends; null: it runs all of its steps. */
  readonly patience: number | null;
}

/** The metric by which a stage's best checkpoint is kept. */
export interface BestSpec {
  readonly metric: MetricName;
  readonly head: string | null;
  /** The k of a recall (null: all that are measured) or of a top-k accuracy. */
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

/** The sources of a specification: enough to parse it again. */
export interface Written {
  /** The path of the checked file, as in `files`. */
  readonly entry: string;
  /** The arguments of `--set` options. */
  readonly set: readonly string[];
  /** Texts by path: the file's own, and those of all its imports. */
  readonly files: ReadonlyMap<string, string>;
}
