// Reverse-mode differentiation on the graph. Walks from a scalar loss back to the targets and visits only nodes that
// lie between the two: frozen parameters cost nothing.
import { partOf, topological, withOrigin, type Node, type Value } from "../ir/graph.js";
import { sameShape } from "../ir/types.js";
import { at } from "../ops/op.js";
import { definitionOf } from "../ops/index.js";
import { add } from "../ops/elementwise.js";
import { fill } from "../ops/structure.js";

/**
 * Cotangents of `targets`.
 *
 * @param seeds value → its cotangent, to start from: for a loss, a scalar 1 (or its weight).
 * @param targets the values whose cotangents are wanted.
 * @returns target → cotangent of the same shape; a target that no seed depends on is absent.
 *
 * A composite whose gradient is `expand` must have been expanded before (see `expandFor`).
 */
export function differentiate(seeds: ReadonlyMap<Value, Value>, targets: readonly Value[]): Map<Value, Value> {
  const order = topological(seeds.keys());
  const wanted = dependents(order, new Set(targets));
  const cotangents = new Map<Value, Value>();
  for (const [value, seed] of seeds) if (wanted.has(value)) accumulate(cotangents, value, seed);
  for (const node of [...order].reverse()) {
    if (node.outputs.some((value) => cotangents.has(value) && wanted.has(value))) propagate(node, cotangents, wanted);
  }
  return new Map(
    targets.flatMap((target) => {
      const cotangent = cotangents.get(target);
      return cotangent === undefined ? [] : [[target, cotangent] as const];
    }),
  );
}

/** The cotangents of `targets` for one scalar loss. */
export function gradientsOf(loss: Value, targets: readonly Value[]): Map<Value, Value> {
  return differentiate(new Map([[loss, fill(1)]]), targets);
}

/** Values that are a target or depend on one through differentiable operations. */
function dependents(order: readonly Node[], targets: ReadonlySet<Value>): Set<Value> {
  const wanted = new Set<Value>(targets);
  for (const node of order) {
    if (node.op === "input" || definitionOf(node.op).gradient === "none") continue;
    if (node.inputs.some((value) => wanted.has(value))) node.outputs.forEach((value) => wanted.add(value));
  }
  return wanted;
}

function propagate(node: Node, cotangents: Map<Value, Value>, wanted: ReadonlySet<Value>): void {
  if (node.op === "input") return;
  const { gradient } = definitionOf(node.op);
  if (gradient === "none") return;
  if (gradient === "expand") throw new Error(`internal: ${node.op} must be expanded before differentiation`);
  const origin = { ...node.origin, part: partOf("gradient", node.origin.part) };
  const results = withOrigin(origin, () =>
    gradient(
      node.outputs.map((value) => cotangents.get(value) ?? null),
      {
        inputs: node.inputs,
        outputs: node.outputs,
        attributes: node.attributes,
        wants: (i) => wanted.has(at(node.inputs, i)),
      },
    ),
  );
  node.inputs.forEach((value, i) => {
    const cotangent = at(results, i);
    if (cotangent !== "none" && wanted.has(value)) withOrigin(origin, () => accumulate(cotangents, value, cotangent));
  });
}

function accumulate(cotangents: Map<Value, Value>, value: Value, cotangent: Value): void {
  if (!sameShape(value.type.shape, cotangent.type.shape)) {
    throw new Error(
      `internal: cotangent [${cotangent.type.shape.join(",")}] for ${value.node.op} [${value.type.shape.join(",")}]`,
    );
  }
  const before = cotangents.get(value);
  cotangents.set(value, before === undefined ? cotangent : add(before, cotangent));
}
