// Computes only those elements of each value that are read. A selection (the class token of the last state, the masked
// positions of its text) moves towards the inputs through all row-wise operations, until an operation needs the rest:
// in the last layer only keys and values are computed for all tokens. Runs before differentiation, so that the backward
// pass shrinks too.
import { createGraph, rejoin, nodesOf, withOrigin, type Graph, type Node, type Value } from "../ir/graph.js";
import { isOpName } from "../ops/index.js";
import { at } from "../ops/op.js";
import { untouched, type SlicePlan } from "./push-down-slices/slice-plan.js";
import { planners } from "./push-down-slices/planners.js";
import { contains, hull, isWhole, sameRegion, select, volume, whole, type Region } from "./push-down-slices/region.js";

/** A region larger than this share of its value is not worth the copies for cutting it out. */
const worthwhile = 0.9;

/** Graph outputs are computed whole; a value that is only partly read is computed for that region alone. */
export function pushDownSlices(graph: Graph): Graph {
  const order = nodesOf(graph);
  const plans = planAll(graph, order);
  const made = new Map<Value, RebuiltRegion[]>();
  for (const { value } of graph.inputs) made.set(value, [{ region: whole(value.type.shape), value }]);
  for (const node of order) {
    if (node.op !== "input") withOrigin(node.origin, () => rebuild(node, plans.get(node) ?? [], made));
  }
  const outputs = new Map(
    [...graph.outputs].map(([name, value]) => [name, read(made, value, whole(value.type.shape))] as const),
  );
  return createGraph(graph.name, graph.inputs, outputs);
}

/** A computed region of a value of the old graph. */
interface RebuiltRegion {
  readonly region: Region;
  readonly value: Value;
}

/** From the outputs to the inputs: which region of each value is read, and so which region each operation computes. */
function planAll(graph: Graph, order: readonly Node[]): Map<Node, readonly SlicePlan[]> {
  const demands = new Map<Value, Region[]>();
  const demand = (value: Value, region: Region): void => {
    const known = demands.get(value);
    if (known === undefined) demands.set(value, [region]);
    else if (!known.some((other) => sameRegion(other, region))) known.push(region);
  };
  for (const value of graph.outputs.values()) demand(value, whole(value.type.shape));
  const plans = new Map<Node, readonly SlicePlan[]>();
  for (const node of [...order].reverse()) {
    const planned = plansOf(node, demands);
    plans.set(node, planned);
    for (const { needs } of planned) {
      needs.forEach((need, i) => {
        if (need !== null) demand(at(node.inputs, i), need);
      });
    }
  }
  return plans;
}

function plansOf(node: Node, demands: ReadonlyMap<Value, readonly Region[]>): readonly SlicePlan[] {
  const [first, ...others] = node.outputs;
  if (node.op === "input" || first === undefined) return [];
  if (others.some((value) => demands.has(value))) return [untouched(node)];
  return merged(node, first, demands.get(first) ?? []).map((region) => planFor(node, region));
}

function planFor(node: Node, region: Region): SlicePlan {
  const planner = isOpName(node.op) ? planners[node.op] : undefined;
  if (planner === undefined || isWhole(region, at(node.outputs, 0).type.shape)) return untouchedUnlessRows(node);
  return planner(node, region) ?? planner(node, { box: region.box, rows: null }) ?? untouched(node);
}

/** A gather is worth planning even if all of its result is read: it is a selection itself. */
function untouchedUnlessRows(node: Node): SlicePlan {
  const selects = node.op === "gather" || node.op === "slice" || node.op === "concat" || node.op === "reshape";
  const plan = selects ? planners[node.op]?.(node, whole(at(node.outputs, 0).type.shape)) : null;
  return plan ?? untouched(node);
}

/**
 * The regions to compute: usually one that encloses all that are read; for products, whose cost grows with their size,
 * several if one enclosing region would be larger than all of them together (the queries of one token, the keys and
 * values of all).
 */
function merged(node: Node, value: Value, regions: readonly Region[]): readonly Region[] {
  const everything = whole(value.type.shape);
  let result = [...regions];
  if (node.op !== "linear" && result.length > 1) result = [result.reduce(hull)];
  for (let pair = mergeable(result); pair !== null; pair = mergeable(result)) {
    const [a, b] = pair;
    result = [...result.filter((region) => region !== a && region !== b), hull(a, b)];
  }
  const share = result.reduce((sum, region) => sum + volume(region), 0) / volume(everything);
  return share > worthwhile ? [everything] : result;
}

function mergeable(regions: readonly Region[]): [Region, Region] | null {
  for (const [i, a] of regions.entries()) {
    const b = regions.slice(i + 1).find((other) => volume(hull(a, other)) <= volume(a) + volume(other));
    if (b !== undefined) return [a, b];
  }
  return null;
}

function rebuild(node: Node, plans: readonly SlicePlan[], made: Map<Value, RebuiltRegion[]>): void {
  const [first] = node.outputs;
  if (first === undefined) return;
  for (const plan of plans) {
    const inputs = plan.needs.flatMap((need, i) => (need === null ? [] : [read(made, at(node.inputs, i), need)]));
    if (isWhole(plan.region, first.type.shape) && inputs.length === node.inputs.length && sameTypes(node, inputs)) {
      rejoin(node, inputs).forEach((value, i) =>
        add(made, at(node.outputs, i), { region: whole(value.type.shape), value }),
      );
    } else add(made, first, { region: plan.region, value: plan.make(inputs) });
  }
}

function sameTypes(node: Node, inputs: readonly Value[]): boolean {
  return inputs.every((value, i) => value.type.shape.join() === at(node.inputs, i).type.shape.join());
}

function add(made: Map<Value, RebuiltRegion[]>, value: Value, entry: RebuiltRegion): void {
  made.set(value, [...(made.get(value) ?? []), entry]);
}

/** The region of a value, sliced from a larger one the first time it is read. */
function read(made: Map<Value, RebuiltRegion[]>, value: Value, region: Region): Value {
  const known = made.get(value) ?? [];
  const ready = known.find((entry) => sameRegion(entry.region, region));
  if (ready !== undefined) return ready.value;
  const around = known.find((entry) => contains(entry.region, region));
  if (around === undefined) throw new Error(`internal: ${value.node.op} is not computed where it is read`);
  const selected = select(around.value, around.region, region);
  add(made, value, { region, value: selected });
  return selected;
}
