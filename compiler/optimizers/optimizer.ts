// What the language knows of an optimizer, as one record: its keys, the state that it keeps, and its update.
import type { z } from "zod";
import type { Value } from "../ir/graph.js";
import { choice, doc, entries, orNone } from "../schema/fields.js";
import { ratio, real } from "../schema/numbers.js";
import type { OptimizerBase, OptimizerKind, OptimizerSpec } from "../spec/spec.js";

/** The specification of one kind of optimizer. */
export type OptimizerOf<Kind extends OptimizerKind> = Extract<OptimizerSpec, { kind: Kind }>;

/** The settings of an optimizer beyond those of every one. */
export type SettingsOf<Kind extends OptimizerKind> = Omit<OptimizerOf<Kind>, keyof OptimizerBase | "kind">;

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
export interface OptimizerRule<Kind extends OptimizerKind = OptimizerKind, Schema extends z.ZodObject = z.ZodObject> {
  readonly kind: Kind;
  readonly doc: string;
  readonly positional: readonly [];
  /** Its keys; those of every optimizer are in `commonKeys`. */
  readonly schema: Schema;
  readonly settings: (values: z.output<Schema>, wrong: Wrong) => SettingsOf<Kind>;
  /** What it keeps for each parameter, zero at first: prefixes of the tensors' names, in programs and checkpoints. */
  readonly state: readonly string[];
  /** Scalars of a step, counted from 1, besides the learning rate. */
  readonly scalars: (optimizer: OptimizerOf<Kind>, step: number) => Readonly<Record<string, number>>;
  readonly update: (optimizer: OptimizerOf<Kind>, inputs: UpdateInputs, attributes: UpdateAttributes) => Update;
}

/** Types a record by its own keys. */
export function optimizerRule<Kind extends OptimizerKind, Schema extends z.ZodObject>(
  rule: OptimizerRule<Kind, Schema>,
): OptimizerRule<Kind, Schema> {
  return rule;
}

/** Keys that every optimizer has. */
export const commonKeys = {
  lr: doc(real({ least: 0, open: "low" }), "Learning rate at its height."),
  weight_decay: doc(real().default(0.01), "Decay of weights, times the learning rate."),
  decay: doc(
    choice("by_role", "original").default("by_role"),
    "`by_role`: matrices and word tables decay. `original`: the original's list of names.",
  ),
  clip: doc(orNone(real({ least: 0, open: "low" })).default(null), "Largest norm of all gradients together."),
  factors: doc(entries("selector: factor").optional(), "Learning-rate factors by selector: `{ heads.vqa: 20x }`."),
  layer_decay: doc(
    ratio({ open: "low" }).default(1),
    "Learning-rate factor from a layer to the one below, as BEiT: the embeddings have it once more than layer 1.",
  ),
} as const;
