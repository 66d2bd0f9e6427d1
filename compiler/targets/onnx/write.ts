// From a lowered graph to an ONNX model: one rule per node, the graph's own names for inputs and outputs, no dead nodes.
import { hostType } from "../../ir/types.js";
import { nodesOf, type Graph, type Node, type Value } from "../../ir/graph.js";
import { joinPads } from "../../passes/join-pads.js";
import type { OnnxGraph, OnnxModel, OnnxNode } from "./proto.js";
import { providers, type Provider, type ProviderName } from "./providers.js";
import type { OnnxRule } from "./rules.js";
import { splits } from "./splits.js";
import { Writer } from "./writer.js";

/** Name of a graph input in the model; inputs and outputs may share names in a graph, but not in ONNX. */
export function inputName(name: string): string {
  return `in:${name}`;
}

/** Name of a graph output in the model. */
export function outputName(name: string): string {
  return `out:${name}`;
}

const opsets = [
  { domain: "", version: 20 },
  { domain: "com.microsoft", version: 1 },
];

/** The model of a graph that was lowered for the `onnx` target, written for a provider. */
export function writeOnnx(lowered: Graph, name: ProviderName = "cpu"): OnnxModel {
  const provider: Provider = providers[name];
  const graph = joinPads(lowered);
  const order = nodesOf(graph);
  const write = new Writer(graph, order, provider.kernels);
  graph.inputs.forEach(({ name, value }) => write.bind(value, inputName(name)));
  for (const node of order) {
    if (node.op === "input") continue;
    const names = splits(write, node) ?? ruleOf(node, provider)(write, node);
    node.outputs.forEach((value, i) => write.bind(value, names[i] ?? ""));
  }
  const renames = nameOutputs(graph, write);
  const nodes = reachable(
    write.nodes.map((node) => renamed(node, renames)),
    [...graph.outputs.keys()].map(outputName),
  );
  const read = new Set(nodes.flatMap((node) => node.inputs));
  const values = (entries: Iterable<readonly [string, Value]>): OnnxGraph["inputs"] =>
    [...entries].map(([name, value]) => ({ name, ...hostType(value.type) }));
  return {
    opsets,
    graph: {
      name: graph.name,
      nodes,
      inputs: values(graph.inputs.map(({ name, value }) => [inputName(name), value])),
      outputs: values([...graph.outputs].map(([name, value]) => [outputName(name), value])),
      initializers: write.initializers.filter(({ name }) => read.has(name)),
    },
  };
}

type AnyRule = (write: Writer, node: Pick<Node, "inputs" | "attributes" | "outputs">) => readonly string[];

function ruleOf({ op }: Node, { rules }: Provider): AnyRule {
  if (!Object.hasOwn(rules, op)) throw new Error(`internal: the onnx target has no rule for ${op}`);
  // Attributes were checked against the op's own type when the node was made; nodes carry them untyped.
  return rules[op as keyof typeof rules] as OnnxRule<never> as AnyRule;
}

/** Gives each output its public name: by naming the output of the computing node if possible, else by a copy. */
function nameOutputs(graph: Graph, write: Writer): Map<string, string> {
  const computed = new Set(write.nodes.flatMap((node) => node.outputs));
  const renames = new Map<string, string>();
  for (const [output, value] of graph.outputs) {
    const name = write.name(value);
    if (computed.has(name) && !renames.has(name)) renames.set(name, outputName(output));
    else write.nodes.push({ op: "Identity", inputs: [name], outputs: [outputName(output)] });
  }
  return renames;
}

function renamed(node: OnnxNode, renames: ReadonlyMap<string, string>): OnnxNode {
  const isRenamed = (name: string): boolean => renames.has(name);
  if (!node.inputs.some(isRenamed) && !node.outputs.some(isRenamed)) return node;
  const now = (name: string): string => renames.get(name) ?? name;
  return { ...node, inputs: node.inputs.map(now), outputs: node.outputs.map(now) };
}

/** Removes dead nodes: rules may leave constants behind that no reader uses. */
function reachable(nodes: readonly OnnxNode[], outputs: readonly string[]): OnnxNode[] {
  const wanted = new Set(outputs);
  const kept: OnnxNode[] = [];
  for (const node of [...nodes].reverse()) {
    if (!node.outputs.some((name) => wanted.has(name))) continue;
    node.inputs.forEach((name) => wanted.add(name));
    kept.push(node);
  }
  return kept.reverse();
}
