// What the language knows of a kind of head, as one record: its keys, the features it takes, its parameters, its cost,
// what it asks of a batch, and its lowering. Everything else asks here; nothing else branches on kinds.
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

/** A head as its record knows it: what every head has, and the settings that `make` gives. */
export type HeadOf<Settings extends object> = HeadSpec & Readonly<Settings>;

/** The heads that a `make` makes, where functions beside the record take them. */
export type MadeBy<Make extends (...given: never) => ParsedHead | null> = HeadOf<
  NonNullable<ReturnType<Make>>["settings"]
>;

/** A head's settings as they were read, and what is settled later. */
export interface ParsedHead<Settings extends object = object> {
  readonly settings: Settings;
  /** The hidden width as a multiple of the model's, where it is one. */
  readonly relativeHidden?: number | null;
  /** The head that hard negatives come from. */
  readonly minesFrom?: Declared;
  /** The head whose codes it predicts, which every stage that learns it holds. */
  readonly codesFrom?: HeadDraft | null;
}

/** The features a head takes. */
export interface HeadInputs {
  /** How many: least and most. */
  readonly count: readonly [least: number, most: number];
  readonly features: readonly FeatureName[];
  /** What they are, in words. */
  readonly words: string;
  /** Ways to write them. */
  readonly forms: readonly string[];
  /** What must hold of them together. */
  readonly together?: "two views" | "two images";
}

/** What a sample must have; `label` stands for a class or a truth. */
export type Need = Supply | "label";

/** What a head chooses among. */
export interface Choices {
  readonly count: number;
  readonly of: "classes" | "answers";
  /** How often an answer must occur to be one of them; null or left out where the head does not say. */
  readonly least?: number | null;
}

/** Why a metric cannot be measured, and what to write instead. */
export interface Unmeasured {
  readonly reason: string;
  readonly help: string;
}

/** Elements of a sample, four bytes each, that go to every process, and of their gradients that come back. */
export interface Exchanged {
  readonly there: number;
  readonly back: number;
}

/** A beam search. */
export interface Search {
  /** Beam width: texts kept at each token. */
  readonly beams: number;
  /** Length penalty: a text's score is its log-likelihood divided by its length to this power. */
  readonly lengthPenalty: number;
}

/** What a head adds to a program. */
export interface HeadResult {
  /** Mean over the optimizer batch: this run's sum over the count of the whole batch. A scalar. */
  readonly loss: Value;
  /** Named outputs, each prefixed by the head's name when the program lists them: `logits`, `weights_i2t`, … */
  readonly outputs: ReadonlyMap<string, Value>;
  /** Sums that validation divides by `count.HEAD`: `correct`. */
  readonly sums: ReadonlyMap<string, Value>;
}

/** Total over what the rest of the program asks of a head: nothing branches on kinds elsewhere. */
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
  /** From the keys to the settings. Null: something is wrong and was reported. */
  readonly make: (values: z.output<Schema>, making: HeadContext) => ParsedHead<Settings> | null;
  /** What it needs of every sample beyond the images and texts of its features. */
  readonly needs: (head: HeadOf<Settings>) => readonly Need[];
  /** What it wants of a batch beyond images and texts. */
  readonly wants: (head: HeadOf<Settings>) => BatchWants;
  /** What it holds: tensors under `prefix`, all of `role`. */
  readonly parameters: (
    model: ModelSpec,
    head: HeadOf<Settings>,
    at: { prefix: string; role: Role },
  ) => ParameterSpec[];
  /** By key, what these tensors and their meaning depend on besides features: what heads that share them agree in. */
  readonly shape: (head: HeadOf<Settings>) => Readonly<Record<string, string | number | boolean | null>>;
  /** Names of the embeddings' parameters that its loss reaches and its features do not. */
  readonly reaches?: (head: HeadOf<Settings>) => readonly string[];
  /** The tokenizer whose codes it predicts, which runs with it and is not trained; null: there is none. */
  readonly codesFrom?: (head: HeadOf<Settings>) => HeadSpec | null;
  /** The file that holds its weights, which no stage trains; null: a stage does. */
  readonly weightsFile?: (head: HeadOf<Settings>) => string | null;
  /** Positions that are masked for it, which it predicts. */
  readonly mask?: (head: HeadOf<Settings>) => BatchMask;
  /** What its samples are contrasted with: the optimizer batch, or the micro-batch. */
  readonly contrasts?: (head: HeadOf<Settings>) => "batch" | "micro";
  /** Of a contrast: the vectors [B, D] that it compares, by name. They are all that it reads of the trunk. */
  readonly vectors?: (context: BuildContext, head: HeadOf<Settings>) => ReadonlyMap<string, Value>;
  /** The head in whose pool it looks for hard negatives; null: in the micro-batch. */
  readonly mines?: (head: HeadOf<Settings>) => string | null;
  /** What it mines from a pool of the whole optimizer batch of N, [N] each, by the names of its inputs. */
  readonly mined?: (context: BuildContext, head: HeadOf<Settings>) => ReadonlyMap<string, Value>;
  /** Whether it also runs the sequence of each feature through the pair experts. */
  readonly fused?: (head: HeadOf<Settings>) => boolean;
  /** Passes through the trunk that it shares with no other head, for each feature; it shares its passes where left out. */
  readonly ownPasses?: number;
  /** What it chooses among. */
  readonly classes?: (head: HeadOf<Settings>) => Choices;
  /** Of a head that turns images into codes: how many there are. */
  readonly codes?: (head: HeadOf<Settings>) => number;
  /** The head in a narrower model, for a rehearsal: `size` scales what is measured in features. As it is where left out. */
  readonly narrowed?: (head: HeadOf<Settings>, to: { readonly size: (size: number) => number }) => HeadOf<Settings>;
  /** Of a head that writes texts: how it searches for one, and its scores of all tokens [N, V] from states [N, D]. */
  readonly writes?: {
    readonly search: (head: HeadOf<Settings>) => Search;
    readonly logits: (context: BuildContext, head: HeadOf<Settings>, states: Value) => Value;
  };
  /** Floating-point operations of one sample after the trunk: matrix products alone, two for a multiply-add. */
  readonly flops: (model: ModelSpec, head: HeadOf<Settings>) => number;
  /** Elements that one sample keeps for the backward pass; `rows`: tokens of its features that it reads. */
  readonly elements: (model: ModelSpec, head: HeadOf<Settings>, rows: number) => number;
  /** Elements that one sample takes at the moment of its peak beyond what is kept, where they are more than a layer's. */
  readonly working?: (model: ModelSpec, head: HeadOf<Settings>) => number;
  /** Where processes share a batch: what of each sample all of them read; `divided`: a contrast spans micro-batches. */
  readonly exchanged?: (stage: StageSpec, head: HeadOf<Settings>, divided: boolean) => Exchanged;
  /** Of a head that learns classes of images: why not of images that are mixed, which have two labels; null: it does. */
  readonly unmixed?: (head: HeadOf<Settings>) => string | null;
  /** What an evaluation can measure of it. */
  readonly metrics: readonly MetricName[];
  /** Why one of these metrics cannot be measured of a head with such settings; null or left out: it can. */
  readonly unmeasured?: (head: HeadOf<Settings>, metric: MetricName) => Unmeasured | null;
  /** Of a head that says whether a text is true of an image: logits of false and of true of each pair of the batch, [B, 2]. */
  readonly judges?: (context: BuildContext, head: HeadOf<Settings>) => Value;
  /** Of a head that gives every pixel a class: logits [B, side, side, classes] at a side of its own. */
  readonly pixels?: (context: BuildContext, head: HeadOf<Settings>) => Value;
  /** What its accuracy is counted over, and the tensor that holds what is right; null where no tensor does. */
  readonly counted: { readonly noun: string; readonly labels: string | null };
  /** What a report shows of its answers. */
  readonly shows: "ranked" | "words" | "answer" | "reconstructed" | "caption" | "regions" | null;
  /** What the Hugging Face Hub calls what it does; null where it has no word for it. */
  readonly task: (head: HeadOf<Settings>) => string | null;
  /** Adds the head to a program. `full` asks for the logits of every position, which training does not compute. */
  readonly lower: (context: BuildContext, head: HeadOf<Settings>, full: boolean) => HeadResult;
}

/** Types a record by its own keys. */
export function headRule<Kind extends string, Schema extends z.ZodObject, Settings extends object>(
  rule: HeadRule<Kind, Schema, Settings>,
): HeadRule<Kind, Schema, Settings> {
  return rule;
}

/** Whether a head is one of a record's, whose settings it then has. */
export function isOf<Settings extends object>(
  { kind }: HeadRule<string, z.ZodObject, Settings>,
  head: HeadSpec,
): head is HeadOf<Settings> {
  return head.kind === kind;
}

/** The one feature of a head that takes one. */
export function only(head: HeadSpec): FeatureSpec {
  const [feature] = head.features;
  if (feature === undefined) throw new Error(`internal: head ${head.name} reads no feature`);
  return feature;
}
