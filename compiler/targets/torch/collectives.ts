// Collectives as PyTorch's functional collectives. A call starts an exchange; `wait` returns the result to its first
// reader, so that computation in between overlaps the communication.
import { depthsOf } from "../../ir/depth.js";
import { nodesOf, topological, type Graph, type Node } from "../../ir/graph.js";
import type { CollectiveName } from "../../ops/index.js";
import { at } from "../../ops/op.js";
import type { TorchRule } from "./rules.js";

/** By op, the expression that starts it; several results are a list. */
export const collectiveRules = {
  allGather: ({ inputs, attributes: { ranks } }) =>
    `collective.all_gather_into_tensor(${at(inputs, 0)}.contiguous(), ${ranks}, group)`,
  reduceScatter: ({ inputs, attributes: { ranks } }) =>
    `collective.reduce_scatter_tensor(${at(inputs, 0)}.contiguous(), "sum", ${ranks}, group)`,
  allReduce: ({ inputs }) =>
    inputs.length === 1
      ? `collective.all_reduce(${at(inputs, 0)}.contiguous(), "sum", group)`
      : `collective.all_reduce_coalesced([${inputs.map((name) => `${name}.contiguous()`).join(", ")}], "sum", group)`,
} satisfies { readonly [Name in CollectiveName]: TorchRule<Name> };

/** Whether its results must be waited for. */
export function isCollective({ op }: Node): boolean {
  return Object.hasOwn(collectiveRules, op);
}

/**
 * The nodes of a graph in an order in which each exchange starts as soon as its inputs are computed, and operations
 * that do not read its result come before those that do: so that communication overlaps the backward pass. Without
 * exchanges the usual order.
 */
export function exchangesEarly(graph: Graph): readonly Node[] {
  const nodes = nodesOf(graph);
  const exchanges = nodes.filter(isCollective);
  if (exchanges.length === 0) return nodes;
  const [waits, depths] = [depthsOf(nodes, isCollective), depthsOf(nodes)];
  const by = (order: ReadonlyMap<Node, number>, a: Node, b: Node): number => (order.get(a) ?? 0) - (order.get(b) ?? 0);
  const early = exchanges.toSorted((a, b) => by(waits, a, b) || by(depths, a, b));
  return topological([...early.flatMap(({ outputs }) => outputs), ...graph.outputs.values()]);
}

/** Names that the expressions use, for the function that makes a module's constants. */
export const collectiveNames = [
  "collective = torch.ops._c10d_functional",
  "group = torch.distributed.group.WORLD.group_name",
];

/** The line that waits for the value of that name. */
export const waiting = (name: string): string => `${name} = collective.wait_tensor(${name})`;
