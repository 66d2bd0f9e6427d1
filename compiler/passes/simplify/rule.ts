// The interface of a simplification rule.
import type { Node, Value } from "../../ir/graph.js";
import type { OpName } from "../../ops/index.js";

/** A node of a graph whose inputs are already simplified. */
export interface Site {
  readonly node: Node;
  /** The only output of the node. */
  readonly output: Value;
  /** Whether the node is the only reader of input `i`: folding into it then duplicates no work. */
  readonly alone: (i: number) => boolean;
}

/** Returns an equal value that costs less, or null. Equal up to rounding in float64: no constant is rounded again. */
export type Simplification = (site: Site) => Value | null;

/** Rules by the op that they apply to. */
export type RuleTable = { readonly [Name in OpName]?: readonly Simplification[] };
