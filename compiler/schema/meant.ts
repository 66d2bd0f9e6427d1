// Suggestions for an unknown key or name: a term of another tool (slips.ts), a key of another block, or a misspelling.
import { closest, didYouMean, type Remedy, type Span } from "../../grammar/index.js";
import { calledNames, droppedNames, headerSlips, keySlips, nameSlips, optionSlips, type Block } from "./slips.js";

/** Where a key belongs, and how it is written. */
interface KeyPosition {
  readonly block: Block;
  readonly form: string;
  /** The innermost part of the form, which holds the value; its key; and the outermost key of the form. */
  readonly leaf: string;
  readonly key: string;
  readonly first: string;
  /** Whether the word is the key itself, not a synonym. */
  readonly isOwn: boolean;
}

/** A word normalised for lookup: `batchSize`, `batch-size` and `batch_size` are the same. */
function plain(word: string): string {
  return word.toLowerCase().replace(/[-_]/g, "");
}

function byWord<T>(entries: Iterable<readonly [words: string, value: T]>): Map<string, T[]> {
  const map = new Map<string, T[]>();
  for (const [words, value] of entries)
    for (const word of words.split(" ").map(plain)) map.set(word, [...(map.get(word) ?? []), value]);
  return map;
}

function* keyPlaces(): Generator<readonly [string, KeyPosition]> {
  for (const block of ["model", "stage", "head", "data", "evaluate"] as const)
    for (const [form, words] of Object.entries(keySlips[block])) {
      const [first = ""] = /^\w+/.exec(form) ?? [];
      const [leaf = form, key = first] = /(\w+): (?:every )?…(?:px| steps| epochs)?/.exec(form) ?? [];
      yield [words, { block, form, leaf, key, first, isOwn: false }];
      yield [key, { block, form, leaf, key, first, isOwn: true }];
    }
}

// Lazy: most files have no mistakes.
const tables = {
  keys: lazy(() => byWord(keyPlaces())),
  headers: lazy(() => byWord(Object.entries(headerSlips).map(([form, words]) => [words, form] as const))),
  options: lazy(() => byWord(Object.entries(optionSlips).map(([option, words]) => [words, option] as const))),
  names: lazy(
    () =>
      new Map(
        Object.entries(nameSlips).map(([what, names]) => [
          what,
          byWord(Object.entries(names).map(([name, words]) => [words, name] as const)),
        ]),
      ),
  ),
};

function lazy<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

/** An unknown key of a block: its span and text, the block's keys, and the value that was given. */
export interface UnknownKey {
  readonly span: Span;
  readonly key: string;
  readonly keys: readonly string[];
  /** The keys of the block that are given already. */
  readonly given?: Iterable<string>;
  /** The value as written; undefined for a section. */
  readonly value: string | undefined;
  /** The help if nothing similar is found. */
  readonly otherwise: string;
}

/** The remedy for an unknown key. */
export function keyMeant(unknown: UnknownKey): Remedy {
  const { span, key, keys, otherwise } = unknown;
  const [header] = (keys.includes("learn") && tables.headers().get(plain(key))) || [];
  if (header !== undefined) return { help: `write it before the brace: \`${filled(header, unknown.value, key)}\`` };
  const place = placeOf(key, keys, unknown.value);
  if (place !== undefined && !place.isOwn) return placeHelp(place, unknown);
  if (closest(key, keys) !== undefined) return didYouMean(span, keys, "", key);
  if (place !== undefined) return placeHelp(place, unknown);
  const [option] = tables.options().get(plain(key)) ?? [];
  if (option !== undefined)
    return { help: `it is no part of a specification: write \`vlmo train … ${option}\` on the command line` };
  const [first, second] = keys.filter((known) => begins(key, known));
  if (first !== undefined)
    return { help: `did you mean \`${first}\`?`, ...(second === undefined ? { fix: { span, text: first } } : {}) };
  return { help: otherwise };
}

/** The path in a stage that a word stands for: `optimizer.lr` for `learning_rate`; undefined if it is unknown. */
export function stageKeyMeant(word: string): string | undefined {
  const place = tables
    .keys()
    .get(plain(word))
    ?.find(({ block }) => block === "stage");
  if (place === undefined) return undefined;
  return place.first === place.key ? place.key : `${place.first}.${place.key}`;
}

/** The outermost key that an unknown key probably means; undefined if there is none. */
export function keyFor(given: string, keys: readonly string[]): string | undefined {
  const place = placeOf(given, keys);
  if (place !== undefined && keys.includes(place.key)) return place.key;
  if (place !== undefined && keys.includes(place.first)) return place.first;
  return closest(given, keys) ?? keys.find((key) => begins(given, key));
}

/** Where a word belongs: in the block itself, else within one of its keys, else in another block. */
function placeOf(word: string, keys: readonly string[], value?: string): KeyPosition | undefined {
  const all = tables.keys().get(plain(word)) ?? [];
  // `vocab` means either the number of words or the file that lists them.
  const isText = value?.startsWith('"') === true;
  const fitting = all.filter(({ leaf }) => leaf.startsWith("file:") === isText);
  const places = value === undefined || fitting.length === 0 ? all : fitting;
  // A synonym in one block may be the key itself in another.
  const foreign = places.filter(({ isOwn }) => !isOwn);
  return (
    foreign.find(({ key }) => keys.includes(key)) ??
    foreign.find(({ first }) => keys.includes(first)) ??
    places.find(({ first }) => keys.includes(first)) ??
    places[0]
  );
}

const blockWords: Readonly<Record<Block, string>> = {
  model: "the model",
  stage: "the stage",
  head: "a head that has it",
  data: "data of a format that has it",
  evaluate: "the evaluation",
};

function placeHelp(
  { key, form, leaf, block, first }: KeyPosition,
  { span, keys, given = [], value }: UnknownKey,
): Remedy {
  if (keys.includes(key)) {
    const written = filled(leaf, value, key);
    const help = `write \`${written}\``;
    return leaf === `${key}: …` && written.endsWith(`: ${value ?? "…"}`)
      ? { help, fix: { span, text: key } }
      : { help };
  }
  const where = keys.includes(first) ? "" : ` in ${blockWords[block]}`;
  const there =
    keys.includes(first) && [...given].includes(first)
      ? `; where \`${first}\` stands already, \`${filled(leaf, value, key)}\` in it`
      : "";
  return { help: `write \`${filled(form, value, key)}\`${where}${there}` };
}

function filled(form: string, value: string | undefined, key: string): string {
  if (value === undefined || value.length > 40 || value.includes("\n")) return form;
  const [unit = ""] = /(?<=…)(?:px| steps| epochs)/.exec(form) ?? [];
  const isNumber = /^[\d_.]+(?:[eE][+-]?\d+)?$/.test(value);
  // A number with a unit keeps it; a share of a step means one of the stage, or of an epoch.
  if (unit !== "" && /^[\d_.]+(?:[eE][+-]?\d+)?\s*(?:%|[a-z]+)$/i.test(value))
    return form.replace(`…${unit}`, () => value);
  if (unit === " steps" && isNumber && Number(value) < 1)
    return form.replace(`…${unit}`, () => (form.includes("every …") ? `${value} epochs` : percentText(value)));
  return form.replace("…", () => (isNumber ? value : (nameIn(key, value) ?? value)));
}

function percentText(share: string): string {
  return `${Number((Number(share) * 100).toPrecision(12))}%`;
}

/** The equivalent of another tool's name or string, with its required arguments. */
function nameIn(key: string, value: string): string | undefined {
  const word = value.replace(/^"(.*)"$/, "$1");
  if (!/^[\w-]+$/.test(word)) return undefined;
  const [meant] = tables.names().get(key)?.get(plain(word)) ?? [];
  const name = meant ?? (Object.hasOwn(calledNames, word.toLowerCase()) ? word.toLowerCase() : undefined);
  return name === undefined ? undefined : calledAs(name);
}

function calledAs(name: string): string {
  return Object.hasOwn(calledNames, name) ? (calledNames[name] ?? name) : name;
}

function begins(given: string, key: string): boolean {
  return key.length > 3 && given.length > 3 && (given.startsWith(key) || key.startsWith(given));
}

/** An unknown name: its span, the kind of thing it should name, the existing names, and the help otherwise. */
export interface UnknownName {
  readonly span: Span;
  readonly what: string;
  readonly names: readonly string[];
  readonly otherwise: string;
  readonly name: string;
}

/** The remedy for an unknown name. */
export function nameMeant({ span, what, names, otherwise, name }: UnknownName): Remedy {
  const known = tables.names().get(what)?.get(plain(name)) ?? [];
  const [meant] = known.filter((each) => names.includes(each.replace(/\(.*/, "")));
  const isCalled = span.file.text[span.end] === "(";
  const written = meant === undefined || isCalled ? meant : calledAs(meant);
  if (written !== undefined) {
    const isWhole = isCalled ? !written.includes("(") : !written.includes("…");
    return { help: `write \`${written}\``, ...(isWhole && { fix: { span, text: written } }) };
  }
  const dropped = new Map(Object.entries(droppedNames[what] ?? {})).get(name);
  return dropped === undefined ? didYouMean(span, names, otherwise, name) : { help: dropped };
}
