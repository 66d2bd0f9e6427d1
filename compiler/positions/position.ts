// Everything the language knows about a kind of positions, as one record: its arguments, its tables and how they are
// resized, and what it adds to the embeddings or to the attention logits. All other code asks this record; nothing else
// branches on kinds.
import type { z } from "zod";
import type { BuildContext } from "../build/context.js";
import type { Checking } from "../check/model/place.js";
import type { Value } from "../ir/graph.js";
import type { Signature } from "../schema/signature.js";
import type { ParameterSpec } from "../spec/parameter.js";
import type { TableResize } from "../spec/resize.js";
import type { Modality, ModelSpec, PositionKind, PositionSpec, View } from "../spec/spec.js";

/** The specification of one kind of positions. */
export type PositionOf<Kind extends PositionKind> = Extract<PositionSpec, { kind: Kind }>;

/** A table of positions, one tensor of a model, as a stage takes it over from another. */
export interface PositionTable extends TableResize {
  /** The modality whose embeddings it is added to; `all`: it is read by the attention of every layer, in every view. */
  readonly of: Modality | "all";
  /** Whether rows of two tables of equal size have the same meaning; left out if they always do. */
  readonly meansSame?: (from: ModelSpec, to: ModelSpec) => boolean;
}

/** Tables by their names, `position.image`. */
export type PositionTables = Readonly<Record<string, PositionTable>>;

/** A sequence in a layer of the trunk. */
export interface LayerOfView {
  readonly view: View;
  /** Text tokens at its front. */
  readonly text: number;
  readonly layer: number;
}

/** What resizing a file's tables depends on besides the grid of patches. */
export interface Fitting {
  /** The longest text that a relative table has offsets for. */
  readonly span?: number;
}

/**
 * The record of a kind of positions. It covers everything that check, plan, build, hand-over, diff and checkpoints ask
 * of one.
 */
export interface PositionRule<
  Kind extends PositionKind = PositionKind,
  Schema extends z.ZodObject = z.ZodObject,
> extends Signature {
  readonly kind: Kind;
  readonly schema: Schema;
  readonly make: (values: z.output<Schema>) => PositionOf<Kind>;
  /** Reports what does not agree with other settings of the model. */
  readonly check?: (position: PositionOf<Kind>, checking: Checking) => void;
  /** The parameters of a model with these positions: tensors of `tables`. */
  readonly parameters: (model: ModelSpec, position: PositionOf<Kind>) => ParameterSpec[];
  /** All tables that a model with this kind may have. */
  readonly tables: PositionTables;
  /** Added to the embeddings of the first `tokens` tokens of a modality, [1, tokens, D]; null: nothing. */
  readonly embedding: (
    context: BuildContext,
    position: PositionOf<Kind>,
    tokens: { readonly of: Modality; readonly count: number },
  ) => Value | null;
  /** Added to the attention logits, [1, H, N, N]; null: nothing. */
  readonly bias: (context: BuildContext, position: PositionOf<Kind>, at: LayerOfView) => Value | null;
  /** Elements of that bias in all layers together, for sequences of `tokens` tokens. */
  readonly biasElements: (model: ModelSpec, tokens: number) => number;
  readonly fitting: (position: PositionOf<Kind>) => Fitting;
  /** Short text for the facts of a model. */
  readonly text: (position: PositionOf<Kind>) => string;
}

/** Infers the type of a record from its arguments. */
export function positionRule<Kind extends PositionKind, Schema extends z.ZodObject>(
  rule: PositionRule<Kind, Schema>,
): PositionRule<Kind, Schema> {
  return rule;
}
