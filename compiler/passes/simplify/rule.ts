// What a simplification rule sees and gives.
import type { Node, Value } from "../../ir/graph.js";
import type { OpName } from "../../ops/index.js";

/** One node of a graph, its inputs already simplified. */
export interface Site {
  readonly node: Node;
  /** The only output of the node. */
  readonly output: Value;
  /** Whether nothing else reads input `i`: folding into it then copies no work. */
  readonly alone: (i: number) => boolean;
}

/** An equal value that costs less, or null. Equal up to rounding in float64: no constant is rounded again. */
export type Simplification = (site: Site) => Value | null;

/** Rules by the op that they look at. */
export type RuleTable = { readonly [Name in OpName]?: readonly Simplification[] };
