// Blocks after `extends`: merged key by key, sections recursively; calls and lists are replaced whole, unless a path
// names a part of them (`optimizer.lr: 5e-5`). Every value keeps the file whose names it uses and the declaration it
// came from.
import {
  joinSpans,
  pathText,
  spanText,
  type Block,
  type Diagnostic,
  type Entry,
  type Expression,
  type Fix,
  type Reference,
  type Segment,
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
  /** The declaration in which the value is written: its names are looked up in that file. */
  readonly origin: Declared;
  /** The span of its key; of the value itself if it has none. */
  readonly key: Span;
  /** For a changed placement, `fusion: on none`: the declaration with the expert's own call. */
  readonly subjectOrigin?: Declared;
  /**
   * Arguments that were changed separately, `optimizer.lr: 5e-5`: those of the value's constructor, or of a list's
   * elements under their names.
   */
  readonly changes?: BlockNode;
}

/** A block merged with its parents. */
export interface BlockNode {
  readonly kind: "block";
  readonly entries: ReadonlyMap<string, MergedEntry>;
  readonly items: readonly ValueNode[];
  /** The span of the block, or of its key. */
  readonly key: Span;
  readonly origin: Declared;
  /** Something that it should have inherited, or that is written in it, is missing, which was reported. */
  readonly incomplete?: boolean;
  /** Written as a path, `optimizer.lr: 5e-5`, and without a parent it is unknown whether that is a section or a call. */
  readonly isPath?: true;
}

/** The value of a key after `extends`. */
export type MergedNode = ValueNode | BlockNode;

/** An entry with its key as written, brackets included: `embed.type[3]`. */
export interface MergedEntry {
  readonly reference: Reference;
  readonly node: MergedNode;
  /** The entry that it overrides: the parent's entry of this key, or of its rival. */
  readonly over?: MergedEntry;
}

/** Sections whose keys name parts of a model, where a dot is part of the name: `init { experts.language: bert }`. */
const freeSections: ReadonlySet<string> = new Set(["init", "factors"]);

/** The location of a block. */
export interface BlockPlace extends Pick<BlockNode, "origin" | "key"> {
  /** Whether dots are part of the keys' names. */
  readonly free?: boolean;
}

/** A block without parents: duplicate keys are reported, the first one is kept. */
export function readEntries(block: Block, { origin, key, free = false }: BlockPlace, report: Report): BlockNode {
  const entries = new Map<string, MergedEntry>();
  const items: ValueNode[] = [];
  block.entries.forEach((entry, i) => {
    if (entry.kind === "item") {
      items.push({ kind: "value", expression: entry.value, origin, key: entry.span });
      return;
    }
    const own = readEntry(entry, origin, report, free);
    const name = keyText(own.reference);
    const before = entries.get(name);
    if (before === undefined) entries.set(name, own);
    else if (isPath(own.node) || isPath(before.node)) entries.set(name, besides(before, own, report));
    else {
      const previous = block.entries[i - 1]?.span;
      const fix =
        previous === undefined || !repeats(entry, block, name) ? null : withoutRepetition(entry.span, previous);
      report(twice(name, entry.key, before, fix === null ? {} : { fix }));
    }
  });
  const incomplete = holdsUnread(origin.module.unread, block.span);
  return { kind: "block", entries, items, key, origin, incomplete };
}

function twice(key: string, { span }: Reference, before: MergedEntry, extra: { readonly fix?: Fix } = {}): Diagnostic {
  const related = [{ span: before.reference.span, message: "first here" }];
  return diagnose("V202", span, { key }, { related, help: "keep one of the two", ...extra });
}

/** An entry under its key; a path, `optimizer.lr: 5e-5`, becomes a block of the rest under its first name. */
export function readEntry(written: KeyedEntry, origin: Declared, report: Report, free: boolean): MergedEntry {
  const { key } = written;
  const [first, second, ...more] = key.segments;
  const [end] = key.segments.slice(-1);
  if (free || second === undefined || end === undefined || isIndexed(first))
    return { reference: key, node: nodeOf(written, origin, report) };
  const rest: Reference = { kind: "reference", segments: [second, ...more], span: joinSpans(second.span, end.span) };
  const inner = readEntry({ ...written, key: rest }, origin, report, freeSections.has(first.name.text));
  const entries = new Map([[keyText(inner.reference), inner]]);
  const reference: Reference = { kind: "reference", segments: [first], span: first.span };
  return { reference, node: { kind: "block", entries, items: [], key: key.span, origin, isPath: true } };
}

/** Reports a duplicate key in a block. */
type Again = (key: string, reference: Reference, before: MergedEntry) => Diagnostic;

/**
 * Combines two entries of one name in one block: paths combine with each other and with a section, everything else is a
 * duplicate.
 */
export function besides(before: MergedEntry, own: MergedEntry, report: Report, again: Again = twice): MergedEntry {
  const name = keyText(own.reference);
  const paths = [before, own].filter(({ node }) => isPath(node));
  if (paths.length === 0) report(again(name, own.reference, before));
  if (paths.length === 0) return before;
  if (before.node.kind === "value" || own.node.kind === "value") {
    const [whole, path] = before.node.kind === "value" ? [before, own.node] : [own, before.node];
    const related = [{ span: whole.reference.span, message: "the whole" }];
    report(diagnose("V650", path.key, { path: spanText(path.key), key: name }, { related }));
    return whole;
  }
  const entries = new Map(before.node.entries);
  for (const [key, entry] of own.node.entries) {
    const first = entries.get(key);
    entries.set(key, first === undefined ? entry : besides(first, entry, report, again));
  }
  const node = isPath(before.node) ? own.node : before.node;
  return { ...before, node: { ...node, entries } };
}

function isPath(node: MergedNode): node is BlockNode & { readonly isPath: true } {
  return node.kind === "block" && node.isPath === true;
}

/** Whether an entry has the same text as the first one of its key. */
function repeats(entry: KeyedEntry, block: Block, name: string): boolean {
  const first = block.entries.find((other) => other.kind !== "item" && keyText(other.key) === name);
  return first !== undefined && spanText(first.span) === spanText(entry.span);
}

/** An entry with a key. */
export type KeyedEntry = Exclude<Entry, { kind: "item" }>;

function nodeOf(entry: KeyedEntry, origin: Declared, report: Report): MergedNode {
  const block = (body: Block): BlockNode =>
    readEntries(body, { origin, key: entry.key.span, free: freeSections.has(pathText(entry.key)) }, report);
  if (entry.kind === "section") return block(entry.body);
  if (entry.value.kind === "record") return block(entry.value.body);
  return { kind: "value", expression: entry.value, origin, key: entry.key.span };
}

/** The text that identifies a key: its path with the brackets. */
function keyText(key: Reference): string {
  return key.segments.some(isIndexed)
    ? key.span.file.text.slice(key.span.start, key.span.end).replace(/\s+/g, "")
    : pathText(key);
}

function isIndexed({ layers }: Segment): boolean {
  return layers !== undefined;
}

/** Mutually exclusive keys: a child's key also overrides the rival. */
const rivals: ReadonlyMap<string, string> = new Map([
  ["steps", "epochs"],
  ["epochs", "steps"],
  ["train", "freeze"],
  ["freeze", "train"],
]);

/**
 * The entries of `child`, and those of `parent` that it does not have. Sections are merged; everything else is replaced
 * whole, or in part by a path.
 */
export function mergeBlocks(parent: BlockNode, child: BlockNode): BlockNode {
  const entries = new Map(parent.entries);
  for (const name of rivals.keys()) if (child.entries.has(rivals.get(name) ?? "")) entries.delete(name);
  for (const [name, entry] of child.entries) {
    const over = parent.entries.get(name) ?? parent.entries.get(rivals.get(name) ?? "");
    const inherited = entries.get(name);
    const node = inherited === undefined ? entry.node : mergeNodes(inherited.node, entry.node);
    // An entry that is changed in part is not overridden.
    if (inherited !== undefined && isPath(entry.node)) entries.set(name, { ...inherited, node });
    else entries.set(name, over === undefined ? entry : { ...entry, node, over });
  }
  const items = child.items.length > 0 ? child.items : parent.items;
  const incomplete = parent.incomplete === true || child.incomplete === true;
  const path = isPath(parent) && isPath(child);
  return {
    kind: "block",
    entries,
    items,
    key: child.key,
    origin: child.origin,
    incomplete,
    ...(path && { isPath: true }),
  };
}

/** A bare placement, `fusion: on none`, moves the inherited expert and keeps its call; a path changes a part. */
export function mergeNodes(parent: MergedNode, child: MergedNode): MergedNode {
  if (parent.kind === "block" && child.kind === "block") return mergeBlocks(parent, child);
  if (parent.kind === "value" && isPath(child))
    return { ...parent, changes: parent.changes === undefined ? child : mergeBlocks(parent.changes, child) };
  if (parent.kind === "block" || child.kind === "block") return child;
  const place = child.expression;
  if (place.kind !== "placement" || place.subject !== undefined) return child;
  const subject = parent.expression.kind === "placement" ? parent.expression.subject : parent.expression;
  if (subject === undefined) return child;
  const moved = { ...child, expression: { ...place, subject }, subjectOrigin: parent.subjectOrigin ?? parent.origin };
  return parent.changes === undefined ? moved : { ...moved, changes: parent.changes };
}
