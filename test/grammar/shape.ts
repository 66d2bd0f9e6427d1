// The syntax tree on one line, for table rows: `(setting layers 12)`. Without spans, which are tested separately.
import { children, type Node, pathText } from "../../grammar/index.js";

type Shapes = { readonly [Kind in Node["kind"]]?: (node: Extract<Node, { kind: Kind }>) => string };

const shapes: Shapes = {
  name: ({ text }) => text,
  number: ({ value, unit }) => `${value}${unit ?? ""}`,
  string: ({ value }) => JSON.stringify(value),
  boolean: ({ value }) => String(value),
  reference: (node) => (node.segments.some(({ layers }) => layers) ? wrapped("path", node) : pathText(node)),
  segment: (node) => (node.layers === undefined ? node.name.text : wrapped("segment", node)),
  binary: (node) => wrapped(node.operator, node),
  comparison: (node) => wrapped(node.operator, node),
  combined_layers: (node) => wrapped(node.operator, node),
  unary: (node) => wrapped("neg", node),
  list: (node) => wrapped(node.bracketed ? "list" : "row", node),
  argument: ({ name, value }) => (name === undefined ? shape(value) : `${name.text}=${shape(value)}`),
  stage: (node) => wrapped(node.word, node),
  from_stage: (node) => wrapped(node.atBest ? "from_best" : "from_stage", node),
};

/** A node as an S-expression: its kind, its tokens and its children. */
export function shape(node: Node): string {
  // Boundary: the table pairs each function with its node's kind, which tsc cannot follow through the index.
  const own = shapes[node.kind] as ((node: Node) => string) | undefined;
  return own?.(node) ?? wrapped(node.kind, node);
}

function wrapped(word: string, node: Node): string {
  return `(${[word, ...children(node).map(shape)].join(" ")})`;
}
