// Pattern matching: a node as one particular op, with that op's attributes.
import type { Node, Value } from "../ir/graph.js";
import type { OpAttributes, OpName } from "../ops/index.js";

/** A node known to be of the op `Name`. */
export interface Match<Name extends OpName> {
  readonly inputs: readonly Value[];
  readonly attributes: OpAttributes<Name>;
}

/** The node as `op`, or null if it is of another op. */
export function match<Name extends OpName>(node: Node, op: Name): Match<Name> | null {
  if (node.op !== op) return null;
  // Attributes were checked against the op's own type when the node was made; nodes carry them untyped.
  return { inputs: node.inputs, attributes: node.attributes as OpAttributes<Name> };
}
