// What every graph must satisfy, checked between passes. A violation is a bug of ours: users never see one.
import { definitionOf, isOpName } from "../ops/index.js";
import { attributeProblems } from "../ops/apply.js";
import { nodesOf, type Graph, type Node } from "./graph.js";
import { sameShape, typeText, type TensorType } from "./types.js";

/** Nodes that were looked at: they are immutable, and a pass keeps most of them. */
const sound = new WeakSet<Node>();

/** How far a graph has come: `built` may hold any op; after expansion only the target's own composites are left. */
export type Stage = "built" | "expanded" | "lowered";

/**
 * Throws an internal error that lists every violation.
 *
 * @param native composites that the target takes as they are; only these may be left after expansion.
 */
export function verify(graph: Graph, stage: Stage, native: ReadonlySet<string> = new Set()): void {
  const nodes = nodesOf(graph);
  const problems = [
    ...nodes.filter((node) => !sound.has(node)).flatMap(nodeProblems),
    ...(stage === "built" ? [] : nodes.flatMap((node) => stageProblems(node, native))),
    ...inputProblems(graph, nodes),
    ...outputProblems(graph),
  ];
  if (problems.length > 0)
    throw new Error(
      `internal: graph ${graph.name} (${stage}) is wrong:\n${problems.map((text) => `  ${text}`).join("\n")}`,
    );
  nodes.forEach((node) => sound.add(node));
}

function nodeProblems(node: Node): string[] {
  const wiring = node.inputs
    .filter((value) => value.node.outputs[value.index] !== value)
    .map((value) => `${node.op} reads a value that ${value.node.op} does not have`);
  const own = node.outputs.some((value, i) => value.node !== node || value.index !== i)
    ? [`outputs of ${node.op} do not point back at it`]
    : [];
  const sizes = node.outputs
    .filter((value) => value.type.shape.some((size) => !Number.isSafeInteger(size) || size < 0))
    .map((value) => `${node.op} gives ${typeText(value.type)}`);
  if (node.op === "input") return [...wiring, ...own, ...sizes];
  if (!isOpName(node.op)) return [`there is no operation ${node.op}`];
  return [...wiring, ...own, ...sizes, ...attributeProblems(node.op, node.attributes), ...typeProblems(node)];
}

function typeProblems(node: Node): string[] {
  const types = inferred(node);
  if (typeof types === "string") return [types];
  const given = node.outputs.map((value) => value.type);
  return types.length === given.length && types.every((type, i) => sameType(type, given[i]))
    ? []
    : [`${node.op} gives ${types.map(typeText).join(", ")}, not ${given.map(typeText).join(", ")}`];
}

function inferred(node: Node): readonly TensorType[] | string {
  try {
    return definitionOf(node.op).infer(
      node.inputs.map((value) => value.type),
      node.attributes,
    );
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function sameType(a: TensorType, b: TensorType | undefined): boolean {
  return b !== undefined && a.dtype === b.dtype && sameShape(a.shape, b.shape);
}

function stageProblems({ op }: Node, native: ReadonlySet<string>): string[] {
  const left = isOpName(op) && definitionOf(op).kind === "composite" && !native.has(op);
  return left ? [`${op} should have been expanded`] : [];
}

function inputProblems(graph: Graph, nodes: readonly Node[]): string[] {
  const declared = new Set(graph.inputs.map((entry) => entry.value.node));
  return [
    ...repeated(graph.inputs.map((entry) => entry.name)).map((name) => `two inputs are named ${name}`),
    ...(declared.size < graph.inputs.length ? ["two inputs are one value"] : []),
    ...graph.inputs
      .filter(({ name, value }) => value.node.op !== "input" || value.node.attributes["name"] !== name)
      .map(({ name }) => `input ${name} is the value of something else`),
    ...nodes
      .filter((node) => node.op === "input" && !declared.has(node))
      .map((node) => `input ${String(node.attributes["name"])} is not declared`),
  ];
}

function outputProblems(graph: Graph): string[] {
  return [
    ...(graph.outputs.size === 0 ? ["there are no outputs"] : []),
    ...([...graph.outputs.keys()].includes("") ? ["an output has no name"] : []),
    ...[...graph.outputs]
      .filter(([, value]) => value.node.outputs[value.index] !== value)
      .map(([name]) => `output ${name} is a value that its node does not have`),
  ];
}

function repeated(names: readonly string[]): string[] {
  const seen = new Set<string>();
  return [...new Set(names.filter((name) => seen.size === seen.add(name).size))];
}
