// The names of blocks and values with their places. The expected slot is passed down the walk, which may recurse, since
// grammar/parse.ts rejects trees that are too high.
import {
  pathText,
  plainName,
  type Block,
  type Call,
  type Entry as BlockEntry,
  type Expression,
  type LayerSet,
  type Name,
  type Reference,
} from "../../grammar/index.js";
import type { Entry, Key } from "../reference/language.js";
import { factors, unknownBlock } from "./holders.js";
import type { BlockAround, CallAround, Holder, Seen } from "./place.js";
import { anything, featureSlot, nameSlot, partSlot, slotOf, wordSlot, type Slot } from "./slot.js";

/** Visits the names of a block. */
export function walkBlock(block: Block, holder: Holder, see: Seen): void {
  const given = block.entries.flatMap((entry) => (entry.kind === "item" ? [] : [pathText(entry.key)]));
  for (const entry of block.entries) walkEntry(entry, { holder, given }, see);
}

function walkEntry(entry: BlockEntry, around: BlockAround, see: Seen): void {
  const { free } = around.holder;
  if (entry.kind === "item") walkItem(entry.value, around, see);
  else if (free === null) walkContent(entry, walkKey(entry.key, around, see), around, see);
  else {
    walkFreeKey(entry.key, around, see);
    walkContent(entry, { slot: free.value, block: unknownBlock }, around, see);
  }
}

/** An entry without a key, or a key that is being written: without a colon a key parses as an item. */
function walkItem(value: Expression, around: BlockAround, see: Seen): void {
  const { free, items } = around.holder;
  if (value.kind === "reference" && free !== null) walkFreeKey(value, around, see);
  else if (value.kind === "reference" && items === null && value.segments.length > 1) walkKey(value, around, see);
  else walkValue(value, items ?? anything, see, { ...nowhere, block: around });
}

type Keyed = Exclude<BlockEntry, { kind: "item" }>;

/** What may be written under a key. */
interface Content {
  readonly slot: Slot;
  readonly block: Holder;
}

function walkContent(entry: Keyed, { slot, block }: Content, around: BlockAround, see: Seen): void {
  if (entry.kind === "section") walkBlock(entry.body, block, see);
  else if (entry.value.kind === "record") walkBlock(entry.value.body, block, see);
  else if (entry.value.kind === "list" && !entry.value.bracketed) {
    // After a comma the next key may be about to be written.
    const [first, ...others] = entry.value.elements;
    if (first !== undefined) walkValue(first, slot, see);
    for (const each of others) walkValue(each, slot, see, { ...nowhere, block: around });
  } else walkValue(entry.value, slot, see);
}

/** Visits a key, or a path, `optimizer.lr`; returns what may be written under it. */
function walkKey(path: Reference, { holder, given }: BlockAround, see: Seen): Content {
  const [first, ...rest] = path.segments;
  let key = keyNamed(first.name.text, holder);
  let block = holder.inner.get(first.name.text) ?? sectionOf(key);
  see.name(first.name, { kind: "key", holder, key, given });
  for (const { name } of rest) {
    const isOpen = block.keys.length === 0 && block.free === null;
    const within = isOpen && key !== null ? argumentsOf(key) : block;
    key = keyNamed(name.text, within);
    block = within.inner.get(name.text) ?? sectionOf(key);
    see.name(name, { kind: "key", holder: within, key, given: [] });
  }
  return { slot: key === null ? anything : slotOf(key), block };
}

/** A key that names a part of a model, or an expert. */
function walkFreeKey(key: Reference, { holder, given }: BlockAround, see: Seen): void {
  if (holder.free?.names === "parts") walkPath(key, partSlot, see, { ...nowhere, block: { holder, given } });
  else for (const { name } of key.segments) see.name(name, { kind: "key", holder, key: null, given });
}

function keyNamed(name: string, { keys }: Holder): Key | null {
  return keys.find((key) => key.name === name) ?? null;
}

function sectionOf(key: Key | null): Holder {
  if (key?.section === null || key === null) return key?.type.startsWith("selector:") === true ? factors : unknownBlock;
  return { ...unknownBlock, owner: key.name, keys: key.section };
}

/** Arguments of all constructors of a key's value, without duplicates. */
function argumentsOf(key: Key): Holder {
  const all = slotOf(key).constructors.flatMap(({ keys }) => keys);
  const keys = [...new Map([...all].reverse().map((each) => [each.name, each])).values()].reverse();
  return { ...unknownBlock, owner: key.name, keys };
}

// ------------------------------------------------------------------------------------------------------ values

/** What else may be written at the position of a value: a key, or the name of an argument. */
interface Around {
  readonly block: BlockAround | null;
  readonly call: CallAround | null;
}

const nowhere: Around = { block: null, call: null };

/** Visits the names of a value; the slot says what it may be. */
export function walkValue(expression: Expression, slot: Slot, see: Seen, around: Around = nowhere): void {
  // Boundary: the table ties each function to its kind of expression, which tsc cannot follow through the index.
  const walk = walkers[expression.kind] as Walker<Expression["kind"]>;
  walk(expression as never, { slot, around, see });
}

interface Walk {
  readonly slot: Slot;
  readonly around: Around;
  readonly see: Seen;
}

type Walker<Kind extends Expression["kind"]> = (expression: Extract<Expression, { kind: Kind }>, walk: Walk) => void;

const walkers: { readonly [Kind in Expression["kind"]]: Walker<Kind> } = {
  reference: (path, { slot, see, around }) => walkPath(path, slot, see, around),
  call: (call, { slot, see }) => walkCall(call, slot, see),
  list: ({ elements }, walk) => walkAll(elements, walk),
  record: ({ body }, { slot, see }) => walkBlock(body, sectionOf(slot.key), see),
  range: ({ low, high }, walk) => walkAll([low, high], walk),
  binary: ({ left, right }, walk) => walkAll([left, right], walk),
  unary: ({ operand }, walk) => walkAll([operand], walk),
  tolerance: ({ value, by }, walk) => walkAll([value, by], walk),
  placement: ({ subject, layers }, walk) => {
    if (subject !== undefined) walkAll([subject], walk);
    walkLayers(layers, walk.see);
  },
  every: ({ interval }, walk) => walkAll([interval], walk),
  number: () => undefined,
  string: () => undefined,
  boolean: () => undefined,
};

function walkAll(expressions: readonly Expression[], { slot, see }: Walk): void {
  for (const each of expressions) walkValue(each, slot, see);
}

function walkLayers(set: LayerSet, see: Seen): void {
  switch (set.kind) {
    case "all_layers":
    case "no_layers":
      return;
    case "top_layers":
    case "bottom_layers":
      walkValue(set.count, anything, see);
      return;
    case "listed_layers":
      walkValue(set.layers, anything, see);
      return;
    case "combined_layers":
      walkLayers(set.left, see);
      walkLayers(set.right, see);
  }
}

/** Visits the steps of a path. */
export function walkPath({ segments }: Reference, slot: Slot, see: Seen, around: Around = nowhere): void {
  const [first, ...rest] = segments;
  const word = plainWord(first.name.text, rest.length, slot);
  if (word !== null) see.name(first.name, { kind: "constructor", entry: word, slot });
  else see.name(first.name, { kind: "value", slot, ...around });
  let before = first.name.text;
  for (const { name } of rest) {
    see.name(name, { kind: "step", slot, before });
    before = `${before}.${name.text}`;
  }
  for (const { layers } of segments) for (const layer of layers ?? []) walkValue(layer, anything, see);
}

/** A constructor written without parentheses: `cosine`. */
function plainWord(name: string, further: number, { constructors }: Slot): Entry | null {
  return further > 0 ? null : (constructors.find((entry) => entry.name === name) ?? null);
}

/** Visits the callee of a call. */
export function walkCallee(call: Call, entry: Entry | null, slot: Slot, see: Seen): void {
  const name = plainName(call.callee);
  if (entry === null || name === undefined) walkPath(call.callee, slot, see);
  else see.name(name, { kind: "constructor", entry, slot });
  if (entry !== null) see.call?.(call, entry);
}

/** Visits the names of a call. */
export function walkCall(call: Call, slot: Slot, see: Seen): void {
  const name = pathText(call.callee);
  if (slot.mixes && name === "mix") {
    walkMix(call, slot, see);
    return;
  }
  const entry = slot.constructors.find((each) => each.name === name) ?? null;
  if (entry === null && slot.compares !== null) {
    walkPath(call.callee, slot, see);
    call.args.forEach((argument, i) => walkValue(argument.value, factArgument(name, i, argument.name?.text), see));
    return;
  }
  walkCallee(call, entry, slot, see);
  walkArguments(call, entry, see);
}

const views = wordSlot(["image", "text", "pair"].map((text) => ({ text, doc: `The view \`${text}\`.` })));

/** The second argument of facts. */
const ofFacts: Readonly<Record<string, Slot>> = {
  parameters: partSlot,
  trainable: partSlot,
  flops: views,
  routes: views,
  shape: featureSlot(),
  pool: nameSlot("head"),
};

function factArgument(fact: string, place: number, name: string | undefined): Slot {
  if (name !== undefined) return anything;
  if (place === 0) return nameSlot("model", "stage");
  return (Object.hasOwn(ofFacts, fact) ? ofFacts[fact] : undefined) ?? anything;
}

/** Visits a name, if there is one; the slot says what it may be. */
export function walkName(name: Name | undefined, slot: Slot, see: Seen): void {
  if (name !== undefined) see.name(name, { kind: "value", slot, ...nowhere });
}

/** `mix(coco: 3, books: 1)`, whose argument names are data blocks. */
function walkMix({ args }: Call, slot: Slot, see: Seen): void {
  for (const { name, value } of args) {
    walkName(name, slot, see);
    if (name === undefined) walkValue(value, slot, see);
  }
}

/** Visits the names of the arguments of a call. */
export function walkArguments({ args }: Call, entry: Entry | null, see: Seen): void {
  const given = args.flatMap(({ name }) => name?.text ?? []);
  let place = 0;
  for (const { name, value } of args) {
    const key = entry === null ? null : name === undefined ? positional(entry, place) : argumentNamed(entry, name.text);
    if (name === undefined) place += 1;
    else if (entry !== null) see.name(name, { kind: "argument", entry, key });
    const slot = key === null ? anything : slotOf(key);
    const call = entry !== null && name === undefined ? { entry, given } : null;
    walkValue(value, slot, see, { ...nowhere, call });
  }
}

function argumentNamed({ keys }: Entry, name: string): Key | null {
  return keys.find((key) => key.name === name) ?? null;
}

/** The argument at a position, by the form of the constructor: `hard(head, from: …)`, `ffn(views…, ratio: …)`. */
export function positional({ form, keys }: Entry, place: number): Key | null {
  const inside = /\((.*)\)$/.exec(form)?.[1] ?? "";
  const unnamed = inside.split(", ").filter((part) => part !== "" && !part.includes(": "));
  const [rest] = unnamed.filter((part) => part.endsWith("…"));
  const name = rest?.slice(0, -1) ?? unnamed[place];
  return keys.find((key) => key.name === name) ?? null;
}
