// Where the formatter puts comments: before an element of a sequence, after one on its line, after the bracket that
// opens the sequence, or at its end. A comment inside an element that is not a sequence moves before that element; none
// is ever lost.
import type { Comment, File, Node } from "./ast.js";
import { positionAt } from "./source.js";
import { children } from "./tree.js";

/** The comments around one element. */
export interface NodeComments {
  readonly leading: readonly Comment[];
  readonly trailing: readonly Comment[];
}

/** The comments of a file by the node they belong to. */
export interface AttachedComments {
  around(node: Node | "header"): NodeComments;
  /** Those on the line of the bracket that opens a sequence. */
  opening(sequence: Node): readonly Comment[];
  /** Those after the last element, on lines of their own. */
  ending(sequence: Node): readonly Comment[];
}

/** The elements of a node, if comments can be placed between them; undefined for other nodes. */
function elementsOf(node: Node): readonly Node[] | undefined {
  switch (node.kind) {
    case "file":
      return node.declarations;
    case "block":
      return node.entries;
    case "expect":
      return node.comparisons;
    case "test":
      return node.statements;
    case "import":
      return node.names;
    case "list":
      return node.elements;
    case "call":
      return node.args;
    case "segment":
      return node.layers;
    default:
      return undefined;
  }
}

/** An offset at or just before the opening bracket of a sequence: comments after it on the same line belong to the bracket. */
function openingOf(node: Node): number {
  if (node.kind === "expect" || node.kind === "test") return node.title.span.end;
  if (node.kind === "call") return node.callee.span.end;
  return node.kind === "segment" ? node.name.span.end : node.span.start;
}

type Lists = Map<Node | "header", Comment[]>;

function add(to: Lists, key: Node | "header", comment: Comment): void {
  const list = to.get(key);
  if (list === undefined) to.set(key, [comment]);
  else list.push(comment);
}

/** Attaches each comment to a node; reads the source text only for line breaks. */
export function attach(file: File): AttachedComments {
  const lists = { leading: new Map(), trailing: new Map(), opening: new Map(), ending: new Map() } satisfies Record<
    string,
    Lists
  >;
  const lineOf = (offset: number): number => positionAt(file.source, offset).line;
  const sequenceAt = createFinder(file);
  for (const comment of file.comments) {
    const at = comment.span.start;
    const sequence = sequenceAt(at);
    const elements = elementsOf(sequence) ?? [];
    const after = countBefore(elements, ({ span }) => span.end <= at);
    const next = elements[after];
    const previous = elements[after - 1];
    const header = sequence === file && previous === undefined ? file.header : undefined;
    const sameLine = (from: number): boolean => lineOf(from) === lineOf(at);
    if (header !== undefined && at < header.end) add(lists.leading, "header", comment);
    else if (header !== undefined && sameLine(header.end)) add(lists.trailing, "header", comment);
    else if (previous !== undefined && sameLine(previous.span.end)) add(lists.trailing, previous, comment);
    else if (previous === undefined && sequence !== file && sameLine(openingOf(sequence))) {
      add(lists.opening, sequence, comment);
    } else if (next !== undefined) add(lists.leading, next, comment);
    else add(lists.ending, sequence, comment);
  }
  return {
    around: (node) => ({ leading: lists.leading.get(node) ?? [], trailing: lists.trailing.get(node) ?? [] }),
    opening: (sequence) => lists.opening.get(sequence) ?? [],
    ending: (sequence) => lists.ending.get(sequence) ?? [],
  };
}

/** Finds the innermost sequence around an offset. */
function createFinder(file: File): (offset: number) => Node {
  const known = new Map<Node, readonly Node[]>();
  const childrenOf = (node: Node): readonly Node[] => {
    const before = known.get(node);
    if (before !== undefined) return before;
    const list = children(node);
    known.set(node, list);
    return list;
  };
  return (offset) => {
    let found: Node = file;
    let node: Node | undefined = file;
    while (node !== undefined) {
      if (elementsOf(node) !== undefined && isInside(node, offset)) found = node;
      const under = childrenOf(node);
      const last: Node | undefined = under[countBefore(under, ({ span }) => span.start < offset) - 1];
      node = last !== undefined && offset < last.span.end ? last : undefined;
    }
    return found;
  };
}

/** Binary search: the number of nodes before an offset, in a list sorted by position. */
function countBefore(nodes: readonly Node[], isBefore: (node: Node) => boolean): number {
  let [low, high] = [0, nodes.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const node = nodes[middle];
    if (node !== undefined && isBefore(node)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Between the brackets, not in a title, a callee or a path. */
function isInside(node: Node, offset: number): boolean {
  if (node.kind === "import") return offset < node.path.span.start;
  return node.kind === "file" || offset >= openingOf(node);
}
