// The checked `test` blocks: what is trained and measured, in order, with every name resolved.
import type { Span } from "../../grammar/index.js";
import type { ComparisonSpec, Tolerance } from "./comparison.js";
import type { EvaluationSpec, MetricSpec, StageSpec } from "./spec.js";

/** A number for every step of a training. `head` is null for the loss of the whole objective. */
export type SeriesSpec =
  | { readonly kind: "loss"; readonly head: string | null }
  | { readonly kind: "gradient_norm" }
  | { readonly kind: "lr" };

/** A reduction of a series over its steps. */
export type Reduction = "first" | "last" | "min" | "max" | "mean";

/** What a test measures: a number of the last training, or a metric of the last evaluation. */
export type MeasureSpec =
  | {
      readonly kind: "series";
      readonly series: SeriesSpec;
      /** Steps from 1, both ends included; null for all. */
      readonly steps: readonly [from: number, to: number] | null;
      readonly take: Reduction;
    }
  | {
      readonly kind: "metric";
      readonly metric: MetricSpec;
      /** The k of `recall(k)`, of an accuracy among how many first choices it looks. */
      readonly k: number | null;
      /** Which side of a recall asks; null for the mean of both. */
      readonly from: "image" | "text" | null;
    };

/** `train STAGE for …` of a test. */
export interface TrainStep {
  readonly kind: "train";
  /** The stage with the data of this test. */
  readonly stage: StageSpec;
  /** The stages that it comes from, the first one first. */
  readonly before: readonly StageSpec[];
  /** Null: as long as the stage lasts. */
  readonly duration: StageSpec["duration"] | null;
  readonly span: Span;
}

/** A statement of a test. */
export type TestStep =
  | TrainStep
  | { readonly kind: "evaluate"; readonly evaluation: EvaluationSpec; readonly span: Span }
  | {
      readonly kind: "claim";
      readonly word: "changed" | "unchanged";
      /** Names of parameters of the stage trained last. */
      readonly parameters: ReadonlySet<string>;
      readonly span: Span;
    }
  | {
      readonly kind: "trace";
      readonly series: SeriesSpec;
      readonly tolerance: Tolerance;
      readonly span: Span;
    }
  | { readonly kind: "compare"; readonly comparison: ComparisonSpec<MeasureSpec>; readonly span: Span };

/** A `test` block. */
export interface TestSpec {
  readonly title: string;
  readonly steps: readonly TestStep[];
  /** The title's place. */
  readonly span: Span;
}

/** A series as it is written: `loss.contrast`. */
export function seriesText(series: SeriesSpec): string {
  return series.kind === "loss" && series.head !== null ? `loss.${series.head}` : series.kind;
}
