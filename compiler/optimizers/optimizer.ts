// Everything the language knows about an optimizer, as one record: its keys, its state, and its update.
import type { z } from "zod";
import type { Value } from "../ir/graph.js";
import { choice, doc, entries, orNone } from "../schema/fields.js";
import { list } from "../schema/lists.js";
import { ratio, real } from "../schema/numbers.js";

/** Settings that every optimizer has. */
export interface OptimizerBase {
  readonly lr: number;
  readonly weightDecay: number;
  readonly decay: "by_role" | "original";
  /** Largest global gradient norm; null for no clipping. */
  readonly clip: number | null;
  /** Learning-rate factor by parameter name (1 if absent). */
  readonly factors: ReadonlyMap<string, number>;
}

/** Inputs of one update. */
export interface UpdateInputs {
  readonly parameter: Value;
  readonly gradient: Value;
  /** In the order of the record's `state`, each of the parameter's shape. */
  readonly state: readonly Value[];
  /** The learning rate of the step, without the parameter's own factor. */
  readonly lr: Value;
  /** By the names of the record's `scalars`. */
  readonly scalars: Readonly<Record<string, Value>>;
  /** The sum of all elements; where a process holds only a shard of the parameter, over all shards. */
  readonly sumOf: (x: Value) => Value;
}

/** Settings that differ between parameters. */
export interface UpdateAttributes {
  readonly weightDecay: number;
  /** Learning-rate factor of the parameter. */
  readonly factor: number;
}

/** Parameter and state after a step, with unchanged shapes. */
export interface Update {
  readonly parameter: Value;
  readonly state: readonly Value[];
}

/** Reports an invalid value of a key. */
export type Wrong = (holes: { readonly key: string; readonly wanted: string; readonly value: string }) => void;

/** The record of an optimizer. It covers everything that build, learner, plan and checkpoints ask of one. */
export interface OptimizerRule<Schema extends z.ZodObject = z.ZodObject, Settings extends object = object> {
  readonly doc: string;
  readonly positional: readonly [];
  /** Its keys, including those of all optimizers (`commonKeys`). */
  readonly schema: Schema;
  /** Its settings, besides those of all optimizers. */
  readonly settings: (values: z.output<Schema>, wrong: Wrong) => Settings;
  /** Its state per parameter, initially zero: prefixes of the tensors' names in programs and checkpoints. */
  readonly state: readonly string[];
  /** Whether each element is updated independently, so that vectors may be concatenated. */
  readonly elementwise: boolean;
  /** Scalars of a step (the first is 1), besides the learning rate. */
  readonly scalars: (settings: Settings, step: number) => Readonly<Record<string, number>>;
  readonly update: (settings: Settings, inputs: UpdateInputs, attributes: UpdateAttributes) => Update;
}

/** Infers the type of a record from its keys. */
export function optimizerRule<Schema extends z.ZodObject, Settings extends object>(
  rule: OptimizerRule<Schema, Settings>,
): OptimizerRule<Schema, Settings> {
  return rule;
}

/** An input that the record itself declares. Throws an internal error if it is missing. */
export function known(value: Value | undefined): Value {
  if (value === undefined) throw new Error("internal: an optimizer reads state or a scalar that it does not have");
  return value;
}

/** The key `betas` of optimizers with two running means. */
export const betas = (first: number, second: number, text = "Decay of the running mean and of the running square.") =>
  doc(list(real({ least: 0, most: 1, open: "high" })).default([first, second]), text);

/** Two numbers, after reporting what is wrong with them. */
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
