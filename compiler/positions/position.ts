// What the language knows of a kind of positions, as one record: its arguments, its tables and how they fit other sizes,
// and what it adds to the embeddings or to the attention. Everything else asks here; nothing else branches on kinds.
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
  /** Whose embeddings it is added to; `all`: the attention of every layer reads it, in every view. */
  readonly of: Modality | "all";
  /** Whether rows of tables of one size mean the same; left out: they do. */
  readonly meansSame?: (from: ModelSpec, to: ModelSpec) => boolean;
}

/** Tables by their names, `position.image`. */
export type PositionTables = Readonly<Record<string, PositionTable>>;

/** A sequence in a layer of the trunk. */
export interface LayerOfView {
  readonly view: View;
  /** Tokens of text at its front. */
  readonly text: number;
  readonly layer: number;
}

/** What fitting a file's tables to other sizes depends on besides the grid of patches. */
export interface Fitting {
  /** The longest text that a relative table holds distances for. */
  readonly span?: number;
}

/** Total over what check, plan, build, hand-over, diff and checkpoints ask of positions. */
export interface PositionRule<
  Kind extends PositionKind = PositionKind,
  Schema extends z.ZodObject = z.ZodObject,
> extends Signature {
  readonly kind: Kind;
  readonly schema: Schema;
  readonly make: (values: z.output<Schema>) => PositionOf<Kind>;
  /** Reports what does not agree with other numbers of the model. */
  readonly check?: (position: PositionOf<Kind>, checking: Checking) => void;
  /** What a model with them holds: tensors of `tables`. */
  readonly parameters: (model: ModelSpec, position: PositionOf<Kind>) => ParameterSpec[];
  /** All that any model with them may hold. */
  readonly tables: PositionTables;
  /** What is added to the first `tokens` of a modality, [1, tokens, D]; null: nothing. */
  readonly embedding: (
    context: BuildContext,
    position: PositionOf<Kind>,
    tokens: { readonly of: Modality; readonly count: number },
  ) => Value | null;
  /** What is added to the logits of attention, [1, H, N, N]; null: nothing. */
  readonly bias: (context: BuildContext, position: PositionOf<Kind>, at: LayerOfView) => Value | null;
  /** Elements of that bias in all layers together, for sequences of so many tokens. */
  readonly biasElements: (model: ModelSpec, tokens: number) => number;
  readonly fitting: (position: PositionOf<Kind>) => Fitting;
  /** As the facts of a model show it. */
  readonly text: (position: PositionOf<Kind>) => string;
}

/** Types a record by its own arguments. */
export function positionRule<Kind extends PositionKind, Schema extends z.ZodObject>(
  rule: PositionRule<Kind, Schema>,
): PositionRule<Kind, Schema> {
  return rule;
}
