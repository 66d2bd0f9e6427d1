// Walking the tree: the children of a node, the nodes at an offset, the height. Iterative, so that trees of any height
// can be walked; `parse` uses this to reject trees too high for recursive walks.
import type { Argument, Node, Segment } from "./ast.js";

type Children = {
  readonly [Kind in Node["kind"]]: (node: Extract<Node, { kind: Kind }>) => readonly (Node | undefined)[];
};

const table: Children = {
  file: ({ declarations }) => declarations,
  comment: () => [],
  name: () => [],
  import: ({ names, path }) => [...names, path],
  param: ({ name, type, value }) => [name, type, value],
  model: ({ name, parent, body }) => [name, parent, body],
  head: ({ name, parent, call, body }) => [name, parent, call, body],
  data: ({ name, parent, call, body }) => [name, parent, call, body],
  stage: ({ name, parent, origin, body }) => [name, parent, origin, body],
  from_stage: ({ name }) => [name],
  from_checkpoint: ({ call, body }) => [call, body],
  from_scratch: () => [],
  evaluate: ({ name, parent, on, using, body }) => [name, parent, on, using, body],
  expect: ({ title, comparisons }) => [title, ...comparisons],
  test: ({ title, statements }) => [title, ...statements],
  train: ({ stage, duration, data }) => [stage, duration, data],
  evaluate_statement: ({ name }) => [name],
  claim: ({ call }) => [call],
  trace: ({ series, by }) => [series, by],
  block: ({ entries }) => entries,
  setting: ({ key, value }) => [key, value],
  section: ({ key, body }) => [key, body],
  item: ({ value }) => [value],
  number: () => [],
  string: () => [],
  boolean: () => [],
  reference: ({ segments }) => segments,
  segment: ({ name, layers }: Segment) => [name, ...(layers ?? [])],
  call: ({ callee, args }) => [callee, ...args],
  argument: ({ name, value }: Argument) => [name, value],
  list: ({ elements }) => elements,
  record: ({ body }) => [body],
  range: ({ low, high }) => [low, high],
  binary: ({ left, right }) => [left, right],
  unary: ({ operand }) => [operand],
  tolerance: ({ value, by }) => [value, by],
  comparison: ({ left, right }) => [left, right],
  placement: ({ subject, layers }) => [subject, layers],
  all_layers: () => [],
  no_layers: () => [],
  top_layers: ({ count }) => [count],
  bottom_layers: ({ count }) => [count],
  listed_layers: ({ layers }) => [layers],
  combined_layers: ({ left, right }) => [left, right],
  every: ({ interval }) => [interval],
};

/** The children of a node in source order. Comments are not children of any node. */
export function children(node: Node): readonly Node[] {
  return under(node).filter((child) => child !== undefined);
}

function under(node: Node): readonly (Node | undefined)[] {
  // Boundary: the table ties each function to its node's kind, which tsc cannot follow through the index.
  const list = table[node.kind] as (node: Node) => readonly (Node | undefined)[];
  return list(node);
}

/** Calls `see` for a node and all its descendants, in pre-order. */
export function visit(root: Node, see: (node: Node, height: number) => void): void {
  // Two stacks instead of one of pairs: a file has a hundred thousand nodes.
  const nodes: Node[] = [root];
  const heights: number[] = [0];
  for (let node = nodes.pop(); node !== undefined; node = nodes.pop()) {
    const height = heights.pop() ?? 0;
    see(node, height);
    const below = under(node);
    for (let i = below.length - 1; i >= 0; i -= 1) {
      const child = below[i];
      if (child === undefined) continue;
      nodes.push(child);
      heights.push(height + 1);
    }
  }
}

/** The path from `root` to the innermost node that contains an offset; empty if the offset is outside. */
export function nodesAt(root: Node, offset: number): readonly Node[] {
  const path: Node[] = [];
  let node: Node | undefined = covers(root, offset) ? root : undefined;
  while (node !== undefined) {
    path.push(node);
    node = children(node).find((child) => covers(child, offset));
  }
  return path;
}

function covers(node: Node, offset: number): boolean {
  return node.span.start <= offset && offset <= node.span.end;
}

/** The number of nodes on the longest path down, or of names in the longest written path. */
export function treeHeight(root: Node): number {
  let height = 0;
  let names = 0;
  // Breadth-first: keeping the order as in `visit` would cost more than the counting.
  for (let level: Node[] = [root]; level.length > 0; height += 1) {
    const next: Node[] = [];
    for (const node of level) {
      if (node.kind === "reference") names = Math.max(names, node.segments.length);
      for (const child of under(node)) if (child !== undefined) next.push(child);
    }
    level = next;
  }
  return Math.max(height, names);
}
