// Blocks after `extends`: key by key, sections recursively, calls and lists whole. Every value keeps the file whose
// names it uses and the declaration it came from.
import {
  pathText,
  spanText,
  type Block,
  type Entry,
  type Expression,
  type Reference,
  type Span,
} from "../../grammar/index.js";
import { diagnose } from "../codes.js";
import type { Declared, Report } from "./module.js";
import { withoutRepetition } from "./removals.js";
import { holdsUnread } from "./unread.js";

/** A value as written, with the scope of its names. */
export interface ValueNode {
  readonly kind: "value";
  readonly expression: Expression;
  /** The declaration the value is written in: names are those of its file. */
  readonly origin: Declared;
  /** The key it was given under; the value's own place where it has none. */
  readonly key: Span;
  /** Where a placement was moved, `fusion: on none`: the declaration that the expert's own call is written in. */
  readonly subjectOrigin?: Declared;
}

/** A block with what it inherits. */
export interface BlockNode {
  readonly kind: "block";
  readonly entries: ReadonlyMap<string, MergedEntry>;
  readonly items: readonly ValueNode[];
  /** Where the block, or the key before it, stands. */
  readonly key: Span;
  readonly origin: Declared;
  /** Something that it should have inherited, or that stands in it, is not there, which was reported. */
  readonly incomplete?: boolean;
}

/** What a key has after `extends`. */
export type MergedNode = ValueNode | BlockNode;

/** An entry under its key as written, brackets included: `embed.type[3]`. */
export interface MergedEntry {
  readonly reference: Reference;
  readonly node: MergedNode;
  /** What it replaces: the parent's entry of this key, or of the rival key. */
  readonly over?: MergedEntry;
}

/** A block without parent: duplicate keys are reported, the first one stays. */
export function readEntries(block: Block, origin: Declared, key: Span, report: Report): BlockNode {
  const entries = new Map<string, MergedEntry>();
  const items: ValueNode[] = [];
  block.entries.forEach((entry, i) => {
    if (entry.kind === "item") {
      items.push({ kind: "value", expression: entry.value, origin, key: entry.span });
      return;
    }
    const name = keyText(entry.key);
    const before = entries.get(name);
    if (before !== undefined) {
      const previous = block.entries[i - 1]?.span;
      const related = [{ span: before.reference.span, message: "first here" }];
      const fix =
        previous === undefined || !repeats(entry, block, name) ? null : withoutRepetition(entry.span, previous);
      const extra = { related, help: "keep one of the two", ...(fix === null ? {} : { fix }) };
      report(diagnose("V202", entry.key.span, { key: name }, extra));
      return;
    }
    entries.set(name, { reference: entry.key, node: nodeOf(entry, origin, report) });
  });
  const incomplete = holdsUnread(origin.module.unread, block.span);
  return { kind: "block", entries, items, key, origin, incomplete };
}

/** Whether an entry says the very same as the first one of its key. */
function repeats(entry: Exclude<Entry, { kind: "item" }>, block: Block, name: string): boolean {
  const first = block.entries.find((other) => other.kind !== "item" && keyText(other.key) === name);
  return first !== undefined && spanText(first.span) === spanText(entry.span);
}

function nodeOf(entry: Exclude<Entry, { kind: "item" }>, origin: Declared, report: Report): MergedNode {
  if (entry.kind === "section") return readEntries(entry.body, origin, entry.key.span, report);
  if (entry.value.kind === "record") return readEntries(entry.value.body, origin, entry.key.span, report);
  return { kind: "value", expression: entry.value, origin, key: entry.key.span };
}

/** The text that identifies a key: its path with what is in brackets. */
function keyText(key: Reference): string {
  const indexed = key.segments.some((segment) => segment.layers !== undefined);
  return indexed ? key.span.file.text.slice(key.span.start, key.span.end).replace(/\s+/g, "") : pathText(key);
}

/** Keys of which a block has one: a child's replaces either. */
const rivals: ReadonlyMap<string, string> = new Map([
  ["steps", "epochs"],
  ["epochs", "steps"],
  ["train", "freeze"],
  ["freeze", "train"],
]);

/** What `child` says, and `parent` where it is silent. Sections merge; everything else is replaced whole. */
export function mergeBlocks(parent: BlockNode, child: BlockNode): BlockNode {
  const entries = new Map(parent.entries);
  for (const name of rivals.keys()) if (child.entries.has(rivals.get(name) ?? "")) entries.delete(name);
  for (const [name, entry] of child.entries) {
    const over = parent.entries.get(name) ?? parent.entries.get(rivals.get(name) ?? "");
    const inherited = entries.get(name);
    const node = inherited === undefined ? entry.node : mergeNodes(inherited.node, entry.node);
    entries.set(name, over === undefined ? entry : { ...entry, node, over });
  }
  const items = child.items.length > 0 ? child.items : parent.items;
  const incomplete = parent.incomplete === true || child.incomplete === true;
  return { kind: "block", entries, items, key: child.key, origin: child.origin, incomplete };
}

/** A bare placement, `fusion: on none`, moves the inherited expert; its new placement keeps the expert's own call. */
function mergeNodes(parent: MergedNode, child: MergedNode): MergedNode {
  if (parent.kind === "block" && child.kind === "block") return mergeBlocks(parent, child);
  if (parent.kind === "block" || child.kind === "block") return child;
  const place = child.expression;
  if (place.kind !== "placement" || place.subject !== undefined) return child;
  const subject = parent.expression.kind === "placement" ? parent.expression.subject : parent.expression;
  if (subject === undefined) return child;
  return { ...child, expression: { ...place, subject }, subjectOrigin: parent.subjectOrigin ?? parent.origin };
}
