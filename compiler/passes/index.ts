// The passes, by name and in order, from the builder to a target. Every pass maps a graph to one that computes the same
// outputs; the verifier checks the graph after each.
import type { Graph, Node } from "../ir/graph.js";
import type { Precision } from "../ir/precision.js";
import { verify } from "../ir/verify.js";
import { commonSubexpressions } from "./common-subexpressions.js";
import { expand } from "./expand.js";
import { singleQueryAttention } from "./single-query-attention.js";
import { foldScales } from "./fold-scales.js";
import { joinPads } from "./join-pads.js";
import { shareErf } from "./share-erf.js";
import { hoistRowWise } from "./hoist-row-wise.js";
import { dropStopGradients, simplify } from "./simplify.js";
import { pushDownSlices } from "./push-down-slices.js";
import { scatterToMatmul } from "./scatter-to-matmul.js";
import { toBfloat16 } from "./to-bfloat16.js";

/** `name` is how `Without` refers to it. */
export interface Pass {
  readonly name: string;
  readonly run: (graph: Graph) => Graph;
}

/**
 * Passes on losses and features, before differentiation: what is eliminated here has no backward pass either. `trained`
 * are the parameters whose gradients will be computed.
 */
export function forwardPasses(trained: ReadonlySet<string>): readonly Pass[] {
  return [
    { name: "simplify", run: simplify },
    { name: "common-subexpressions", run: commonSubexpressions },
    { name: "fold-scales", run: (graph) => foldScales(graph, trained) },
    { name: "push-down-slices", run: pushDownSlices },
    { name: "simplify", run: simplify },
    { name: "common-subexpressions", run: commonSubexpressions },
    { name: "single-query-attention", run: singleQueryAttention },
    { name: "hoist-row-wise", run: hoistRowWise },
  ];
}

/** Passes on whole programs, gradients and updates included. */
export const programPasses: readonly Pass[] = [
  { name: "drop-stop-gradients", run: dropStopGradients },
  { name: "common-subexpressions", run: commonSubexpressions },
  { name: "join-pads", run: joinPads },
  { name: "scatter-to-matmul", run: scatterToMatmul },
  { name: "simplify", run: simplify },
  { name: "common-subexpressions", run: commonSubexpressions },
];

/** Passes that lower to a target, which implements the composites that `keeps` accepts natively. */
export function loweringPasses(keeps: (graph: Graph) => (node: Node) => boolean): readonly Pass[] {
  return [
    { name: "expand", run: (graph) => dropStopGradients(expand(graph, keeps)) },
    { name: "share-erf", run: shareErf },
    { name: "common-subexpressions", run: commonSubexpressions },
    { name: "simplify", run: simplify },
    { name: "common-subexpressions", run: commonSubexpressions },
  ];
}

/** Passes on a lowered graph for a run in that precision. */
export function precisionPasses(precision: Precision): readonly Pass[] {
  // TensorFloat-32 is a device's way to multiply float32: it does not change the graph.
  if (precision !== "bfloat16") return [];
  return [
    { name: "to-bfloat16", run: toBfloat16 },
    { name: "common-subexpressions", run: commonSubexpressions },
  ];
}

/** Names of passes to leave out; for measuring what each gains, never for training. */
export type Without = ReadonlySet<string>;

/** All passes run. */
export const nothing: Without = new Set();

/** Runs passes in order, verifying the graph after each. */
export function runPasses(graph: Graph, passes: readonly Pass[], without: Without = nothing): Graph {
  return passes
    .filter(({ name }) => !without.has(name))
    .reduce((current, pass) => {
      const next = pass.run(current);
      if (next !== current) verify(next, "built");
      return next;
    }, graph);
}
