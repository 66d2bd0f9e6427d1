// What may be written where a value is expected: names of declarations, words, constructors, features, parts, units.
// Derived from the schemas through the language as data (reference/language.ts).
import { factForms } from "../check/claims/static-facts.js";
import { featureNames, language, type Entry, type Group, type Key } from "../reference/language.js";
import type { NamedKind } from "../resolve/module.js";
import type { JsonSchema } from "../schema/fields.js";

/** A literal word, and its meaning. */
export interface Word {
  readonly text: string;
  readonly doc: string;
}

/** What a value may be. A param may stand for any value. */
export interface Slot {
  /** The key or argument that it is the value of, if any. */
  readonly key: Key | null;
  /** Kinds of declarations that it may name. */
  readonly kinds: readonly NamedKind[];
  readonly words: readonly Word[];
  readonly constructors: readonly Entry[];
  /** What these constructors build: `optimizer`. */
  readonly family: string;
  readonly features: readonly string[];
  readonly units: readonly string[];
  /** Parts of a model, `experts.vision`. */
  readonly takesParts: boolean;
  /** Names of experts, as `experts(…)` and `routes(…)` list them. */
  readonly takesExperts: boolean;
  /** `mix(coco: 3, books: 1)`, whose arguments go by names of data. */
  readonly mixes: boolean;
  /** Whether names that the file does not import count too: those listed by `stages(…)`. */
  readonly anywhere: boolean;
  /** What can be compared: facts of a specification, or measurements of a test as well. */
  readonly compares: "facts" | "measurements" | null;
}

/** A value about which nothing is known. */
export const anything: Slot = {
  key: null,
  kinds: [],
  words: [],
  constructors: [],
  family: "",
  features: [],
  units: [],
  takesParts: false,
  takesExperts: false,
  mixes: false,
  anywhere: false,
  compares: null,
};

let groups: readonly Group[] | undefined;

/** The language as data; lazy. */
function allGroups(): readonly Group[] {
  groups ??= language();
  return groups;
}

/** The entries of a group, `optimizer`. */
function entriesOf(what: string): readonly Entry[] {
  return allGroups().find((group) => group.what === what)?.entries ?? [];
}

/** The entry of a group by its name. */
export function entryOf(what: string, name: string): Entry | null {
  return entriesOf(what).find((entry) => entry.name === name) ?? null;
}

/** A slot for names of declarations of some kinds only. */
export function nameSlot(...kinds: readonly NamedKind[]): Slot {
  return { ...anything, kinds };
}

/** A slot for one of some words. */
export function wordSlot(words: readonly Word[]): Slot {
  return { ...anything, words };
}

/** A slot for a call of a family of constructors. */
export function familySlot(family: string): Slot {
  return { ...anything, family, constructors: entriesOf(family) };
}

/** A slot for features, by default all of them. */
export function featureSlot(features: readonly string[] = featureNames): Slot {
  return { ...anything, features };
}

/** A slot for a part of a model. */
export const partSlot: Slot = { ...anything, takesParts: true, words: [{ text: "all", doc: "Every part." }] };

/** What `expect` compares. */
export const factSlot: Slot = {
  ...anything,
  compares: "facts",
  words: Object.entries(factForms).map(([text, form]) => ({ text, doc: `\`${form}\`` })),
};

/** What `test` compares. */
export function measureSlot(): Slot {
  const words = [...factSlot.words, ...series, ...statements];
  return { ...factSlot, ...familySlot("metric"), compares: "measurements", words };
}

/** Keywords of statements, which may be written where a measurement may. */
const statements: readonly Word[] = [
  { text: "train", doc: "`train STAGE for N steps`" },
  { text: "evaluate", doc: "`evaluate EVALUATION`" },
  { text: "changed", doc: "`changed(PARTS)`: what training must have changed." },
  { text: "unchanged", doc: "`unchanged(PARTS)`: what training must have left alone." },
  { text: "trace", doc: "`trace loss ± 1%`: a curve like the recorded one." },
];

const series: readonly Word[] = [
  { text: "loss", doc: "The curve of all losses, or `loss.HEAD` of one." },
  { text: "gradient_norm", doc: "The curve of the gradient norm before clipping." },
  { text: "lr", doc: "The curve of the learning rate." },
];

/** Values that the schemas take as syntax nodes, by the names of their types. */
const written: Readonly<Record<string, () => Slot>> = {
  model: () => nameSlot("model"),
  data: () => ({ ...nameSlot("data"), mixes: true }),
  objective: () => nameSlot("head"),
  head: () => nameSlot("head"),
  "head or file": () => nameSlot("head"),
  selector: () => partSlot,
  "list of tensors": () => partSlot,
  metric: () => familySlot("metric"),
  "list of augmentations": () => familySlot("augmentation"),
  "list of ways to mix images": () => familySlot("way to mix images"),
};

const known = new WeakMap<Key, Slot>();

/** What the value of a key may be. */
export function slotOf(key: Key): Slot {
  const before = known.get(key);
  if (before !== undefined) return before;
  const own = (Object.hasOwn(written, key.type) ? written[key.type]?.() : undefined) ?? anything;
  const family = key.family ?? families(key.json)[0] ?? own.family;
  const slot = {
    ...own,
    key,
    family,
    constructors: entriesOf(family),
    words: [...own.words, ...wordsOf(key.json).map((text) => ({ text, doc: "" }))],
    units: unitsOf(key.type),
  };
  known.set(key, slot);
  return slot;
}

/** A JSON schema with its alternatives and elements. */
function parts(json: JsonSchema): JsonSchema[] {
  const inner = [json["anyOf"], json["items"], json["prefixItems"]].flat();
  return [json, ...inner.filter(isSchema).flatMap(parts)];
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === "object" && value !== null;
}

function wordsOf(json: JsonSchema): string[] {
  return parts(json).flatMap((part): string[] => {
    if (Array.isArray(part["enum"])) return part["enum"].map(String);
    if (part["type"] === "boolean") return ["true", "false"];
    return part["type"] === "null" ? ["none"] : [];
  });
}

/** The families named by `$ref`s of a schema. */
function families(json: JsonSchema): string[] {
  const names = parts(json).map((part) => /^#\/\$defs\/(.*)$/.exec(String(part["$ref"]))?.[1]);
  return allGroups().flatMap(({ what }) => (names.includes(what.replaceAll(" ", "_")) ? [what] : []));
}

/** By the word for a measure in the name of a type. */
const units: readonly (readonly [in_: RegExp, units: readonly string[]])[] = [
  [/\bpx\b/, ["px"]],
  [/\bratio\b/, ["%"]],
  [/^every duration$/, ["steps", "epochs"]],
  [/^duration$/, ["steps", "epochs", "%"]],
  [/\bfactor\b|\bwidth\b/, ["x"]],
];

function unitsOf(type: string): readonly string[] {
  return units.find(([word]) => word.test(type))?.[1] ?? [];
}
