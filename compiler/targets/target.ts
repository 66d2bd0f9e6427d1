// A target as the rest of the compiler sees it: the composites that it implements natively.
import type { Graph, Node } from "../ir/graph.js";
import type { CompositeName } from "../ops/index.js";

/** What `lower` must know. */
export interface Target {
  /** Composites that the target implements; all others are expanded. */
  readonly native: ReadonlySet<CompositeName>;
  /** Which of their nodes stay whole in a graph; left out: all. */
  readonly takes?: (graph: Graph) => (node: Node) => boolean;
}
