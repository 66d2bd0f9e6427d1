// What a target is to the rest of the compiler: the composites it takes as they are.
import type { Graph, Node } from "../ir/graph.js";
import type { CompositeName } from "../ops/index.js";

/** What `lower` needs to know. */
export interface Target {
  /** Composites left for the target; all others are expanded before lowering. */
  readonly native: ReadonlySet<CompositeName>;
  /** Which of those it leaves whole in a graph; left out: each. */
  readonly takes?: (graph: Graph) => (node: Node) => boolean;
}
