// Invariants of every graph, checked between passes. A violation is a bug in vlmo; users never see one.
import { definitionOf, isOpName } from "../ops/index.js";
import { attributeProblems } from "../ops/apply.js";
import { nodesOf, type Graph, type Node, type Value } from "./graph.js";
import { sameShape, typeText, type TensorType } from "./types.js";

const none: readonly string[] = [];

/** How far a graph is lowered: `built` may contain any op; after expansion only the target's own composites are left. */
export type Stage = "built" | "expanded" | "lowered";

/**
 * Throws an internal error that lists every violation.
 *
 * @param native composites that the target takes as they are; only these may be left after expansion.
 */
export function verify(graph: Graph, stage: Stage, native: ReadonlySet<string> = new Set()): void {
  const nodes = nodesOf(graph);
  const problems = [
    ...nodes.filter(({ verified }) => !verified).flatMap(nodeProblems),
    ...(stage === "built" ? none : nodes.flatMap((node) => stageProblems(node, native))),
    ...inputProblems(graph, nodes),
    ...outputProblems(graph),
  ];
  if (problems.length > 0)
    throw new Error(
      `internal: graph ${graph.name} (${stage}) is wrong:\n${problems.map((text) => `  ${text}`).join("\n")}`,
    );
  for (const node of nodes) node.verified = true;
}

function nodeProblems(node: Node): readonly string[] {
  if (node.op !== "input" && !isOpName(node.op)) return [`there is no operation ${node.op}`];
  const problems: string[] = [];
  for (const value of node.inputs) {
    if (!isWired(value)) problems.push(`${node.op} reads a value that ${value.node.op} does not have`);
  }
  if (node.outputs.some((value, i) => value.node !== node || value.index !== i))
    problems.push(`outputs of ${node.op} do not point back at it`);
  for (const { type } of node.outputs) {
    if (!type.shape.every(isSize)) problems.push(`${node.op} gives ${typeText(type)}`);
  }
  if (isOpName(node.op)) problems.push(...attributeProblems(node.op, node.attributes), ...typeProblems(node));
  return problems;
}

function isWired(value: Value): boolean {
  return value.node.outputs[value.index] === value;
}

function isSize(size: number): boolean {
  return Number.isSafeInteger(size) && size >= 0;
}

function typeProblems(node: Node): readonly string[] {
  const types = inferred(node);
  if (typeof types === "string") return [types];
  const given = node.outputs.map((value) => value.type);
  return types.length === given.length && types.every((type, i) => sameType(type, given[i]))
    ? none
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
      .filter(([, value]) => !isWired(value))
      .map(([name]) => `output ${name} is a value that its node does not have`),
  ];
}

function repeated(names: readonly string[]): string[] {
  const seen = new Set<string>();
  return [...new Set(names.filter((name) => seen.size === seen.add(name).size))];
}
