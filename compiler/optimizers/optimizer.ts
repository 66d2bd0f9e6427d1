// What the language knows of an optimizer, as one record: its keys, the state that it keeps, and its update.
import type { z } from "zod";
import type { Value } from "../ir/graph.js";
import { choice, doc, entries, orNone } from "../schema/fields.js";
import { list } from "../schema/lists.js";
import { ratio, real } from "../schema/numbers.js";

/** What every optimizer has. */
export interface OptimizerBase {
  readonly lr: number;
  readonly weightDecay: number;
  readonly decay: "by_role" | "original";
  /** Largest global gradient norm, or null. */
  readonly clip: number | null;
  /** Learning-rate factor by parameter name (1 where absent). */
  readonly factors: ReadonlyMap<string, number>;
}

/** What one update reads. */
export interface UpdateInputs {
  readonly parameter: Value;
  readonly gradient: Value;
  /** In the order of the record's `state`, each of the parameter's shape. */
  readonly state: readonly Value[];
  /** The learning rate of the step; the parameter's own factor is still to be applied. */
  readonly lr: Value;
  /** By the names of the record's `scalars`. */
  readonly scalars: Readonly<Record<string, Value>>;
  /** The sum of all elements: where a process has a part of the parameter, over all parts. */
  readonly sumOf: (x: Value) => Value;
}

/** What differs between parameters. */
export interface UpdateAttributes {
  readonly weightDecay: number;
  /** Learning-rate factor of the parameter. */
  readonly factor: number;
}

/** Parameter and state after a step, of the shapes they had. */
export interface Update {
  readonly parameter: Value;
  readonly state: readonly Value[];
}

/** Reports a value of a key that is not allowed. */
export type Wrong = (holes: { readonly key: string; readonly wanted: string; readonly value: string }) => void;

/** Total over what build, learner, plan and checkpoints ask of an optimizer. */
export interface OptimizerRule<Schema extends z.ZodObject = z.ZodObject, Settings extends object = object> {
  readonly doc: string;
  readonly positional: readonly [];
  /** Its keys; those of every optimizer are in `commonKeys`. */
  readonly schema: Schema;
  /** Its settings beyond those of every optimizer. */
  readonly settings: (values: z.output<Schema>, wrong: Wrong) => Settings;
  /** What it keeps for each parameter, zero at first: prefixes of the tensors' names, in programs and checkpoints. */
  readonly state: readonly string[];
  /** Whether every number is updated by itself, so that vectors may be updated together. */
  readonly elementwise: boolean;
  /** Scalars of a step, counted from 1, besides the learning rate. */
  readonly scalars: (settings: Settings, step: number) => Readonly<Record<string, number>>;
  readonly update: (settings: Settings, inputs: UpdateInputs, attributes: UpdateAttributes) => Update;
}

/** Types a record by its own keys. */
export function optimizerRule<Schema extends z.ZodObject, Settings extends object>(
  rule: OptimizerRule<Schema, Settings>,
): OptimizerRule<Schema, Settings> {
  return rule;
}

/** One of the inputs that a record asks for itself. */
export function known(value: Value | undefined): Value {
  if (value === undefined) throw new Error("internal: an optimizer reads state or a scalar that it does not have");
  return value;
}

/** The key `betas` of optimizers with two running means. */
export const betas = (first: number, second: number, text = "Decay of the running mean and of the running square.") =>
  doc(list(real({ least: 0, most: 1, open: "high" })).default([first, second]), text);

/** Two numbers, or what is wrong with them. */
export function pair(given: readonly number[], wrong: Wrong): readonly [number, number] {
  const [first = 0, second = 0] = given;
  if (given.length !== 2) wrong({ key: "betas", wanted: "two numbers", value: `${given.length}` });
  return [first, second];
}

/** Keys that every optimizer has. */
export const commonKeys = {
  lr: doc(real({ least: 0, open: "low" }), "Peak learning rate."),
  weight_decay: doc(real().default(0.01), "Weight decay, multiplied by the learning rate."),
  decay: doc(
    choice("by_role", "original").default("by_role"),
    "`by_role`: matrices and embedding tables decay. `original`: the original's list of names.",
  ),
  clip: doc(orNone(real({ least: 0, open: "low" })).default(null), "Maximum global gradient norm (gradient clipping)."),
  factors: doc(entries("selector: factor").optional(), "Learning-rate factors by selector: `{ heads.vqa: 20x }`."),
  layer_decay: doc(
    ratio({ open: "low" }).default(1),
    "Layer-wise learning-rate decay, as in BEiT: the factor from a layer to the one below; the embeddings have it once more than layer 1.",
  ),
} as const;
