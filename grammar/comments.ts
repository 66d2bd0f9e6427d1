// Where comments belong when a file is printed again: before an element of a sequence, behind one on its line,
// behind the bracket that opens the sequence, or at its end. A comment in the middle of an element that is no
// sequence moves before that element; none is ever lost.
import type { Comment, File, Node } from "./ast.js";
import type { Span } from "./source.js";
import { children } from "./tree.js";

/** What comments stand around one element. */
export interface Around {
  readonly before: readonly Comment[];
  readonly behind: readonly Comment[];
}

/** The comments of a file by the node they belong to. */
export interface Attached {
  around(node: Node | "header"): Around;
  /** Those on the line of the bracket that opens a sequence. */
  opening(sequence: Node): readonly Comment[];
  /** Those behind the last element, on lines of their own. */
  ending(sequence: Node): readonly Comment[];
}

type Element = { readonly key: Node | "header"; readonly span: Span };

/** The elements of the nodes between whose elements a comment can stay; undefined for all others. */
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

/** The offset behind which a sequence's own line begins: a comment on this line stands behind the opening bracket. */
function openingOf(node: Node): number {
  if (node.kind === "expect" || node.kind === "test") return node.title.span.end;
  if (node.kind === "call") return node.callee.span.end;
  return node.kind === "segment" ? node.name.span.end : node.span.start;
}

/** Finds each comment's place; looks at the source text only for line breaks. */
export function attach(file: File): Attached {
  const lists = { before: new Map(), behind: new Map(), opening: new Map(), ending: new Map() } satisfies Record<
    string,
    Map<Node | "header", Comment[]>
  >;
  const add = (to: Map<Node | "header", Comment[]>, key: Node | "header", comment: Comment): void => {
    to.set(key, [...(to.get(key) ?? []), comment]);
  };
  for (const comment of file.comments) {
    const at = comment.span.start;
    const sequence = sequenceAt(file, at);
    const elements: Element[] = (elementsOf(sequence) ?? []).map((node) => ({ key: node, span: node.span }));
    if (sequence === file && file.header !== undefined) elements.unshift({ key: "header", span: file.header });
    const previous = elements.findLast(({ span }) => span.end <= at);
    const next = elements.find(({ span }) => span.end > at);
    const sameLine = (from: number): boolean => !/[\n\r]/.test(file.source.text.slice(from, at));
    if (previous !== undefined && sameLine(previous.span.end)) add(lists.behind, previous.key, comment);
    else if (previous === undefined && sequence !== file && sameLine(openingOf(sequence))) {
      add(lists.opening, sequence, comment);
    } else if (next !== undefined) add(lists.before, next.key, comment);
    else add(lists.ending, sequence, comment);
  }
  return {
    around: (node) => ({ before: lists.before.get(node) ?? [], behind: lists.behind.get(node) ?? [] }),
    opening: (sequence) => lists.opening.get(sequence) ?? [],
    ending: (sequence) => lists.ending.get(sequence) ?? [],
  };
}

function sequenceAt(file: File, offset: number): Node {
  let found: Node = file;
  let node: Node | undefined = file;
  while (node !== undefined) {
    if (elementsOf(node) !== undefined && isInside(node, offset)) found = node;
    node = children(node).find(({ span }) => span.start < offset && offset < span.end);
  }
  return found;
}

/** Between the brackets, and not in a title, a callee or a path. */
function isInside(node: Node, offset: number): boolean {
  if (node.kind === "import") return offset < node.path.span.start;
  return node.kind === "file" || offset >= openingOf(node);
}
