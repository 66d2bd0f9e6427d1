// Everything the language knows about a kind of head, as one record: keys, features, parameters, cost, what it requires
// of a batch, and lowering. All other code asks this record; nothing else branches on kinds.
import type { z } from "zod";
import type { Supply } from "../schema/data.js";
import type { BuildContext } from "../build/context.js";
import type { HeadContext, HeadDraft } from "../check/head/head-context.js";
import type { FeatureName } from "../check/head/features.js";
import type { Value } from "../ir/graph.js";
import type { Declared } from "../resolve/module.js";
import type { BatchMask, BatchWants } from "../spec/inputs.js";
import type { ParameterSpec, Role } from "../spec/parameter.js";
import type { FeatureSpec, HeadSpec, MetricName, ModelSpec, StageSpec } from "../spec/spec.js";

/** A head as its record sees it: what every head has, plus the settings returned by `make`. */
export type HeadOf<Settings extends object> = HeadSpec & Readonly<Settings>;

/** The type of the heads that a `make` returns, for functions declared beside the record. */
export type MadeBy<Make extends (...given: never) => ParsedHead | null> = HeadOf<
  NonNullable<ReturnType<Make>>["settings"]
>;

/** A head's parsed settings, and what is resolved later. */
export interface ParsedHead<Settings extends object = object> {
  readonly settings: Settings;
  /** The hidden width as a multiple of the model's width, where it is relative. */
  readonly relativeHidden?: number | null;
  /** The head whose similarities hard negatives are mined by. */
  readonly minesFrom?: Declared;
  /** The head whose codes it predicts; every stage that learns this head holds that one too. */
  readonly codesFrom?: HeadDraft | null;
}

/** The features a head takes. */
export interface HeadInputs {
  /** Least and greatest number of features. */
  readonly count: readonly [least: number, most: number];
  readonly features: readonly FeatureName[];
  /** The accepted features in words, for messages and the reference. */
  readonly words: string;
  /** Ways to write them, for messages and the reference. */
  readonly forms: readonly string[];
  /** A constraint on the features as a whole. */
  readonly together?: "two views" | "two images";
}

/** What every sample must have; `label` stands for a class or a truth value. */
export type Need = Supply | "label";

/** What a head classifies into. */
export interface Choices {
  readonly count: number;
  readonly of: "classes" | "answers";
  /** How often an answer must occur to become a class; null or left out if the head does not say. */
  readonly least?: number | null;
}

/** Why a metric cannot be measured, and a remedy. */
export interface Unmeasured {
  readonly reason: string;
  readonly help: string;
}

/** Elements per sample, four bytes each, sent to every process (`there`), and elements of gradients sent back. */
export interface Exchanged {
  readonly there: number;
  readonly back: number;
}

/** A beam search. */
export interface Search {
  /** Beam width: texts kept at each step. */
  readonly beams: number;
  /** Length penalty: a text's score is its log-likelihood divided by its length to this power. */
  readonly lengthPenalty: number;
}

/** What a head contributes to a program. */
export interface HeadResult {
  /** Mean over the optimizer batch, a scalar: this run's sum divided by the denominator of the whole batch. */
  readonly loss: Value;
  /** Named outputs, each prefixed by the head's name when the program lists them: `logits`, `weights_i2t`, … */
  readonly outputs: ReadonlyMap<string, Value>;
  /** Sums that validation divides by the denominator `count.HEAD`: `correct`. */
  readonly sums: ReadonlyMap<string, Value>;
}

/** The record of a kind of head. It covers everything that the rest of the program asks of a head. */
export interface HeadRule<
  Kind extends string = string,
  Schema extends z.ZodObject = z.ZodObject,
  Settings extends object = object,
> {
  /** Its name in the language. */
  readonly kind: Kind;
  /** Its keys, with defaults and documentation. */
  readonly schema: Schema;
  readonly takes: HeadInputs;
  /** From keys to settings. Null: something is wrong and was reported. */
  readonly make: (values: z.output<Schema>, making: HeadContext) => ParsedHead<Settings> | null;
  /** What it requires of every sample beyond the images and texts of its features. */
  readonly needs: (head: HeadOf<Settings>) => readonly Need[];
  /** What it requires of a batch beyond images and texts. */
  readonly wants: (head: HeadOf<Settings>) => BatchWants;
  /** Its parameters: tensors under `prefix`, all of `role`. */
  readonly parameters: (
    model: ModelSpec,
    head: HeadOf<Settings>,
    at: { prefix: string; role: Role },
  ) => ParameterSpec[];
  /**
   * By key, the settings besides features that determine the shapes and the meaning of its parameters: heads that share
   * parameters must agree in them.
   */
  readonly shape: (head: HeadOf<Settings>) => Readonly<Record<string, string | number | boolean | null>>;
  /** Names of the embedding parameters that its loss reaches, whatever its features: tied word embeddings, the mask token. */
  readonly reaches?: (head: HeadOf<Settings>) => readonly string[];
  /** The visual tokenizer whose codes it predicts, which runs with it and is not trained; null: none. */
  readonly codesFrom?: (head: HeadOf<Settings>) => HeadSpec | null;
  /** The file with its weights, which no stage trains; null: a stage trains them. */
  readonly weightsFile?: (head: HeadOf<Settings>) => string | null;
  /** The positions that are masked for it and that it predicts. */
  readonly mask?: (head: HeadOf<Settings>) => BatchMask;
  /** The scope of its negatives: the optimizer batch, or the micro-batch. */
  readonly contrasts?: (head: HeadOf<Settings>) => "batch" | "micro";
  /** For a contrast: the vectors [B, D] that it compares, by name. It reads nothing else of the trunk. */
  readonly vectors?: (context: BuildContext, head: HeadOf<Settings>) => ReadonlyMap<string, Value>;
  /** The head in whose pool it mines hard negatives; null: it mines in the micro-batch. */
  readonly mines?: (head: HeadOf<Settings>) => string | null;
  /** The hard negatives that it mines from a pool of the whole optimizer batch of N samples, [N] each, by input name. */
  readonly mined?: (context: BuildContext, head: HeadOf<Settings>) => ReadonlyMap<string, Value>;
  /** Whether it also runs the sequence of each feature through the pair experts. */
  readonly fused?: (head: HeadOf<Settings>) => boolean;
  /** Passes through the trunk, per feature, that it shares with no other head; left out if it shares them all. */
  readonly ownPasses?: number;
  /** What it classifies into. */
  readonly classes?: (head: HeadOf<Settings>) => Choices;
  /** For a head that turns images into codes: the number of codes. */
  readonly codes?: (head: HeadOf<Settings>) => number;
  /** The head in a narrower model, for a rehearsal: `size` scales a width. Left out if nothing changes. */
  readonly narrowed?: (head: HeadOf<Settings>, to: { readonly size: (size: number) => number }) => HeadOf<Settings>;
  /** For a head that generates texts: its beam search, and the logits [N, V] from states [N, D]. */
  readonly writes?: {
    readonly search: (head: HeadOf<Settings>) => Search;
    readonly logits: (context: BuildContext, head: HeadOf<Settings>, states: Value) => Value;
  };
  /** FLOPs per sample after the trunk: matrix products only, a multiply-add counted as two. */
  readonly flops: (model: ModelSpec, head: HeadOf<Settings>) => number;
  /** Activation elements that one sample saves for the backward pass; `rows`: tokens of its features that it reads. */
  readonly elements: (model: ModelSpec, head: HeadOf<Settings>, rows: number) => number;
  /** Temporary elements per sample at peak memory, where they exceed those of a trunk layer. */
  readonly working?: (model: ModelSpec, head: HeadOf<Settings>) => number;
  /** With several processes: what all of them read of each sample; `divided`: a contrast spans micro-batches. */
  readonly exchanged?: (stage: StageSpec, head: HeadOf<Settings>, divided: boolean) => Exchanged;
  /** For a head that learns classes of images: why it cannot learn from mixed images, which have two labels; null: it can. */
  readonly unmixed?: (head: HeadOf<Settings>) => string | null;
  /** The metrics that an evaluation can measure. */
  readonly metrics: readonly MetricName[];
  /** Why one of these metrics cannot be measured with these settings; null or left out: it can. */
  readonly unmeasured?: (head: HeadOf<Settings>, metric: MetricName) => Unmeasured | null;
  /** For a head that judges whether a text matches an image: logits of false and true for each pair of the batch, [B, 2]. */
  readonly judges?: (context: BuildContext, head: HeadOf<Settings>) => Value;
  /** For a head that assigns a class to every pixel: logits [B, side, side, classes], at its own resolution. */
  readonly pixels?: (context: BuildContext, head: HeadOf<Settings>) => Value;
  /** The noun of what its accuracy counts, and the tensor that holds the right answers; null if no tensor does. */
  readonly counted: { readonly noun: string; readonly labels: string | null };
  /** How a report shows its predictions. */
  readonly shows: "ranked" | "words" | "answer" | "reconstructed" | "caption" | "regions" | null;
  /** The task's name on the Hugging Face Hub; null if it has none. */
  readonly task: (head: HeadOf<Settings>) => string | null;
  /** Adds the head to a program. `full` asks for the logits of every position, which training does not compute. */
  readonly lower: (context: BuildContext, head: HeadOf<Settings>, full: boolean) => HeadResult;
}

/** Infers the type of a record from its keys. */
export function headRule<Kind extends string, Schema extends z.ZodObject, Settings extends object>(
  rule: HeadRule<Kind, Schema, Settings>,
): HeadRule<Kind, Schema, Settings> {
  return rule;
}

/** Whether a head is of a record's kind and so has its settings. */
export function isOf<Settings extends object>(
  { kind }: HeadRule<string, z.ZodObject, Settings>,
  head: HeadSpec,
): head is HeadOf<Settings> {
  return head.kind === kind;
}

/** The only feature of a head that takes one. */
export function only(head: HeadSpec): FeatureSpec {
  const [feature] = head.features;
  if (feature === undefined) throw new Error(`internal: head ${head.name} reads no feature`);
  return feature;
}
