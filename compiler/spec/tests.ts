// The checked `test` blocks: what is trained and measured, in order, with every name resolved.
import type { Span } from "../../grammar/index.js";
import type { ComparisonSpec, Tolerance } from "./comparison.js";
import type { EvaluationSpec, MetricSpec, StageSpec } from "./spec.js";

/** A value for every step of a training. `head` is null for the loss of the whole objective. */
export type SeriesSpec =
  | { readonly kind: "loss"; readonly head: string | null }
  | { readonly kind: "gradient_norm" }
  | { readonly kind: "lr" };

/** A reduction of a series over its steps. */
export type Reduction = "first" | "last" | "min" | "max" | "mean";

/** A measurement in a test: a value of the last training, or a metric of the last evaluation. */
export type MeasureSpec =
  | {
      readonly kind: "series";
      readonly series: SeriesSpec;
      /** Counted from 1, both ends included; null for all. */
      readonly steps: readonly [from: number, to: number] | null;
      readonly take: Reduction;
    }
  | {
      readonly kind: "metric";
      readonly metric: MetricSpec;
      /** The k of `recall(k)` and of a top-k accuracy. */
      readonly k: number | null;
      /** The query side of a recall; null for the mean of both. */
      readonly from: "image" | "text" | null;
    };

/** `train STAGE for …` of a test. */
export interface TrainStep {
  readonly kind: "train";
  /** The stage, with the data of this test. */
  readonly stage: StageSpec;
  /** The stages that it comes from, first to last. */
  readonly before: readonly StageSpec[];
  /** Null: the stage's own duration. */
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
  /** Location of the title. */
  readonly span: Span;
}

/** A series in the syntax of the language: `loss.contrast`. */
export function seriesText(series: SeriesSpec): string {
  return series.kind === "loss" && series.head !== null ? `loss.${series.head}` : series.kind;
}
