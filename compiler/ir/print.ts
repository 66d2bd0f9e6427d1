// The textual IR: one line per input, operation and output. `parse.ts` reads it back; the text is for people and golden
// tests, not a stable interchange format.
import { positionAt, type Span } from "../../grammar/index.js";
import { float32Text, numberText, toBase64 } from "./elements.js";
import { nodesOf, type Attribute, type Graph, type Node, type Value } from "./graph.js";
import { typeText } from "./types.js";

/** Optional parts of the text. */
export interface PrintOptions {
  /** Whether each line ends with the line of the spec that caused it. */
  readonly origins: boolean;
}

/** Constants with more elements are written at the end, as base64. */
const INLINE = 8;

/** The graph as text: inputs first, operations in topological order, then outputs and long constants. */
export function print(graph: Graph, options: PrintOptions = { origins: true }): string {
  const order = nodesOf(graph).filter((node) => node.op !== "input");
  const nameOf = namesOfValues(graph, order);
  const data: (Float32Array | Int32Array)[] = [];
  const inputs = graph.inputs.map(({ name, role, value, fallback }) => {
    const rest = fallback === null ? "" : ` = ${numberText(fallback)}`;
    return `input ${nameOf(value)}: ${typeText(value.type)} ${role} ${JSON.stringify(name)}${rest}`;
  });
  const nodes = order.map((node) => nodeText(node, nameOf, data) + (options.origins ? originText(node) : ""));
  const outputs = [...graph.outputs].map(([name, value]) => `output ${JSON.stringify(name)} = ${nameOf(value)}`);
  const constants = data.map((elements, i) => `data #${i} = "${toBase64(elements)}"`);
  return [[`graph ${JSON.stringify(graph.name)}`], inputs, nodes, outputs, constants]
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n")
    .concat("\n");
}

/** The names of values in the text, `%12`: inputs first, then the outputs of the operations in `order`. */
export function namesOfValues({ inputs }: Graph, order: readonly Node[]): (value: Value) => string {
  const values = [...inputs.map(({ value }) => value), ...order.flatMap(({ outputs }) => outputs)];
  const names = new Map(values.map((value, i) => [value, `%${i}`]));
  return (value) => {
    const name = names.get(value);
    if (name === undefined) throw new Error("internal: a value of another graph");
    return name;
  };
}

function nodeText(node: Node, nameOf: (value: Value) => string, data: (Float32Array | Int32Array)[]): string {
  const inputs = node.inputs.map(nameOf).join(", ");
  const results = node.outputs.map((value) => `${nameOf(value)}: ${typeText(value.type)}`).join(", ");
  return `${results} = ${node.op === "constant" ? constantText(node, data) : `${node.op}(${inputs})${attributesText(node)}`}`;
}

/** Only the elements of a constant: the line has its type and shape already. */
function constantText(node: Node, data: (Float32Array | Int32Array)[]): string {
  const elements = node.attributes["data"];
  if (!(elements instanceof Float32Array || elements instanceof Int32Array)) {
    throw new Error("internal: a constant without elements");
  }
  if (elements.length <= INLINE) return `constant ${attributeText(elements)}`;
  data.push(elements);
  return `constant #${data.length - 1}`;
}

function attributesText(node: Node): string {
  const entries = Object.entries(node.attributes).map(([name, value]) => `${name}=${attributeText(value)}`);
  return entries.length === 0 ? "" : ` {${entries.join(", ")}}`;
}

/** An attribute in the syntax of the textual IR; arrays in full. */
export function attributeText(value: Attribute): string {
  if (typeof value === "number") return numberText(value);
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "boolean") return String(value);
  const text = value instanceof Float32Array ? float32Text : numberText;
  return `[${Array.from(value, text).join(",")}]`;
}

function originText({ origin: { span } }: Node): string {
  return span === null ? "" : ` @ ${placeText(span)}`;
}

/** `specs/quickstart.vlmo:12:3`. */
export function placeText({ file, start }: Span): string {
  const { line, column } = positionAt(file, start);
  return `${file.path}:${line}:${column}`;
}
