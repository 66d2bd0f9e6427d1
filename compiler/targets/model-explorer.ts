// A program in the format of Google's Model Explorer: a graph whose groups are the parts of the model, and values to
// colour its nodes by. The format is that of `GraphCollection` in its
// src/ui/src/components/visualizer/common/input_graph.ts, and of `ModelNodeData` in its
// src/server/package/src/model_explorer/node_data_builder.py.
import { nodesOf, type Attribute, type Graph, type Input, type Node, type Value } from "../ir/graph.js";
import { attributeText, namesOfValues, placeText } from "../ir/print.js";
import { sizeOf, typeText, type TensorType } from "../ir/types.js";
import { nodeFlops } from "../passes/graph-flops.js";
import { countText } from "../plan/count-text.js";

/** Most elements of a constant that are shown. */
const mostShown = 8;

interface KeyValue {
  readonly key: string;
  readonly value: string;
}

interface ExplorerNode {
  readonly id: string;
  readonly label: string;
  /** The groups that it is in, from the outermost, joined by `/`. */
  readonly namespace: string;
  readonly attrs: readonly KeyValue[];
  readonly incomingEdges: readonly {
    readonly sourceNodeId: string;
    readonly sourceNodeOutputId: string;
    readonly targetNodeInputId: string;
  }[];
  readonly outputsMetadata: readonly { readonly id: string; readonly attrs: readonly KeyValue[] }[];
}

/** The file that Model Explorer opens. */
export interface ExplorerCollection {
  readonly label: string;
  readonly graphs: readonly {
    readonly id: string;
    readonly nodes: readonly ExplorerNode[];
    /** By group; the empty name is the whole graph. */
    readonly groupNodeAttributes: Readonly<Record<string, Readonly<Record<string, string>>>>;
  }[];
}

/** Values of nodes, by the id of the graph: Model Explorer's node data. */
export type ExplorerData = Readonly<
  Record<
    string,
    {
      readonly name: string;
      readonly results: Readonly<Record<string, { readonly value: number }>>;
      readonly gradient: typeof gradient;
    }
  >
>;

/** From the least value to the greatest. */
const gradient = [
  { stop: 0, bgColor: "#ffffff" },
  { stop: 1, bgColor: "#7db4f0" },
] as const;

/** The measures of a node, in words; a node with a value of 0 is left out. */
const measures = { flops: "FLOPs", bytes: "bytes of outputs", parameters: "parameters" } as const;

type Measure = keyof typeof measures;
const measureNames = Object.keys(measures) as readonly Measure[]; // the keys of the table

interface Measured {
  readonly node: ExplorerNode;
  readonly numbers: Readonly<Record<Measure, number>>;
}

/** The graph, named after its program. `label`: its title. */
export function explorerGraph(graph: Graph, label: string): ExplorerCollection {
  const nodes = measured(graph);
  return {
    label,
    graphs: [{ id: graph.name, nodes: nodes.map(({ node }) => node), groupNodeAttributes: groupsOf(nodes) }],
  };
}

/** Values to colour the nodes of `explorerGraph` by, one file per measure. */
export function explorerData(graph: Graph): ReadonlyMap<string, ExplorerData> {
  const nodes = measured(graph);
  return new Map(
    measureNames.map((measure) => {
      const present = nodes.filter(({ numbers }) => numbers[measure] > 0);
      const results = Object.fromEntries(present.map(({ node, numbers }) => [node.id, { value: numbers[measure] }]));
      return [measure, { [graph.name]: { name: measures[measure], results, gradient } }];
    }),
  );
}

function measured(graph: Graph): Measured[] {
  const order = nodesOf(graph).filter((node) => node.op !== "input");
  const name = namesOfValues(graph, order);
  // A node is named after its first output in the textual IR.
  const idOf = (node: Node): string => (node.outputs[0] === undefined ? "" : name(node.outputs[0]));
  return [
    ...graph.inputs.map((input) => ofInput(input, name)),
    ...order.map((node) => ofNode(node, idOf)),
    ...[...graph.outputs].map(([output, value]) => ofOutput(output, value, idOf)),
  ];
}

function ofInput({ name, role, value }: Input, idOf: (value: Value) => string): Measured {
  const parameters = role === "parameter" ? sizeOf(value.type.shape) : 0;
  const numbers = { flops: 0, bytes: bytesOf(value.type), parameters };
  const path = name.split(".").slice(0, -1);
  const node = {
    id: idOf(value),
    label: name,
    namespace: ["inputs", role, ...path].join("/"),
    attrs: numberAttributes(numbers),
    incomingEdges: [],
    outputsMetadata: [metadataOf(value, 0)],
  };
  return { node, numbers };
}

function ofNode(node: Node, idOf: (node: Node) => string): Measured {
  const { origin } = node;
  const bytes = node.outputs.reduce((sum, { type }) => sum + bytesOf(type), 0);
  const numbers = { flops: nodeFlops(node), bytes, parameters: 0 };
  const written = Object.entries(node.attributes).map(([key, value]) => ({ key, value: shortText(value) }));
  const explorer = {
    id: idOf(node),
    label: node.op,
    namespace: origin.part,
    attrs: [
      ...written,
      ...numberAttributes(numbers),
      ...(origin.span === null ? [] : [{ key: "source", value: placeText(origin.span) }]),
    ],
    incomingEdges: node.inputs.map((value, i) => edgeFrom(value, i, idOf)),
    outputsMetadata: node.outputs.map(metadataOf),
  };
  return { node: explorer, numbers };
}

function ofOutput(name: string, value: Value, idOf: (node: Node) => string): Measured {
  const node = {
    id: `output ${name}`,
    label: name,
    namespace: "outputs",
    attrs: [],
    incomingEdges: [edgeFrom(value, 0, idOf)],
    outputsMetadata: [],
  };
  return { node, numbers: { flops: 0, bytes: 0, parameters: 0 } };
}

function edgeFrom(
  { node, index }: Value,
  input: number,
  idOf: (node: Node) => string,
): ExplorerNode["incomingEdges"][number] {
  return { sourceNodeId: idOf(node), sourceNodeOutputId: String(index), targetNodeInputId: String(input) };
}

function metadataOf(value: Value, index: number): ExplorerNode["outputsMetadata"][number] {
  return { id: String(index), attrs: [{ key: "shape", value: typeText(value.type) }] };
}

function numberAttributes(numbers: Measured["numbers"]): KeyValue[] {
  return measureNames.flatMap((measure) =>
    numbers[measure] === 0 ? [] : [{ key: measures[measure], value: countText(numbers[measure]) }],
  );
}

/** Sums over groups, nested groups included. */
function groupsOf(nodes: readonly Measured[]): Record<string, Record<string, string>> {
  const sums = new Map<string, Record<Measure, number>>();
  for (const { node, numbers } of nodes) {
    const path = node.namespace === "" ? [] : node.namespace.split("/");
    for (let depth = 0; depth <= path.length; depth += 1) {
      const group = path.slice(0, depth).join("/");
      const sum = sums.get(group) ?? { flops: 0, bytes: 0, parameters: 0 };
      for (const measure of measureNames) sum[measure] += numbers[measure];
      sums.set(group, sum);
    }
  }
  return Object.fromEntries(
    [...sums].map(([group, sum]) => [
      group,
      Object.fromEntries(numberAttributes(sum).map(({ key, value }) => [key, value])),
    ]),
  );
}

const bytesEach = { float32: 4, int32: 4, uint8: 1, bfloat16: 2 } satisfies Record<TensorType["dtype"], number>;

function bytesOf({ dtype, shape }: TensorType): number {
  return bytesEach[dtype] * sizeOf(shape);
}

/** Shortened: a table of constants would be longer than all the rest. */
function shortText(value: Attribute): string {
  const isTable = value instanceof Float32Array || value instanceof Int32Array;
  return isTable && value.length > mostShown ? `${countText(value.length)} numbers` : attributeText(value);
}
