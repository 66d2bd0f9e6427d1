// Facts in English: fewer than 120 words, in several variants. A variant is a number; two facts that differ in one attribute
// give, in the same variant, sentences that differ in that attribute.
import { COLOURS, COLUMNS, ROWS, SHAPES, SIZES, type Attribute } from "./scene.js";
import type { Description, Fact, Having, PairFact, Relation } from "./logic.js";

/** Words for counts; a scene has at most four objects. */
export const NUMBERS = ["zero", "one", "two", "three", "four"] as const;

const SIDES = {
  left: ["left of", "to the left of"],
  right: ["right of", "to the right of"],
  above: ["above", "above"],
  below: ["below", "below"],
} as const satisfies Record<Relation, readonly [string, string]>;

/** The words between two objects; `way` selects one of several with the same meaning. */
export function relationWords(relation: Relation, way: number): string {
  return nth(SIDES[relation], way % 2);
}

/** 0 … 4 as a word. */
export function numberWord(n: number): string {
  return nth(NUMBERS, n);
}

/** "big red circle at the top left", or with `plural` "big red circles …"; `anything` if no shape is mentioned. */
export function nounPhrase(thing: Description, plural = false, anything = "shape"): string {
  const noun = thing.shape === undefined ? anything : nth(SHAPES, thing.shape);
  const words = [
    thing.size === undefined ? "" : nth(SIZES, thing.size),
    thing.colour === undefined ? "" : nth(COLOURS, thing.colour),
    plural ? pluralOf(noun) : noun,
    placeOf(thing),
  ];
  return words.filter((word) => word !== "").join(" ");
}

/** "an orange square". */
export function indefinite(thing: Description): string {
  const phrase = nounPhrase(thing);
  return `${/^[aeiou]/.test(phrase) ? "an" : "a"} ${phrase}`;
}

/** "at the top left", "in the top row", "in the left column", "in the middle", or "". */
function placeOf({ row, column }: Description): string {
  if (row !== undefined && column !== undefined) {
    return row === 1 && column === 1 ? "in the middle" : `at the ${nth(ROWS, row)} ${nth(COLUMNS, column)}`;
  }
  if (row !== undefined) return `in the ${nth(ROWS, row)} row`;
  return column === undefined ? "" : `in the ${nth(COLUMNS, column)} column`;
}

/** "exactly two shapes are red", "there are exactly two red circles". */
export function countWords(of: Description, is: number, way: number): string {
  const verb = is === 1 ? "is" : "are";
  const said = Object.keys(of) as Attribute[]; // a description has no other keys
  const predicate = said.length === 1 && said[0] !== undefined ? predicateOf(of, said[0], is !== 1) : undefined;
  if (predicate !== undefined && way % 2 === 1) {
    return `${is === 0 ? "no" : `exactly ${numberWord(is)}`} ${is === 1 ? "shape" : "shapes"} ${verb} ${predicate}`;
  }
  return `there ${verb} ${is === 0 ? "no" : `exactly ${numberWord(is)}`} ${nounPhrase(of, is !== 1)}`;
}

/** A statement about one image. */
export function factWords(fact: Fact, way: number): string {
  switch (fact.kind) {
    case "count":
      return countWords(fact.of, fact.is, way);
    case "more":
      return `${nth(["there are", "the image has"], way % 2)} more ${nounPhrase(fact.of, true)} than ${nounPhrase(fact.than, true)}`;
    case "some":
      return someWords(fact, way);
  }
}

/** A statement about two images. */
export function pairFactWords(pair: PairFact): string {
  if (pair.kind === "more_in") {
    const other = pair.image === "first" ? "second" : "first";
    return `the ${pair.image} image has more ${nounPhrase(pair.of, true)} than the ${other} image`;
  }
  const who = {
    both: "both images have",
    one: "only one image has",
    first: "the first image has",
    second: "the second image has",
  } as const;
  return `${who[pair.kind]} ${objectWords(pair.fact)}`;
}

function someWords({ things, links }: Extract<Fact, { kind: "some" }>, way: number): string {
  const [first, second] = things;
  if (first === undefined) throw new Error("internal: a statement about nothing");
  const [link] = links;
  if (second !== undefined && link !== undefined) {
    const said = `${relationWords(link.is, way >> 1)} ${indefinite(second)}`;
    return way % 2 === 0 ? `${indefinite(first)} is ${said}` : `there is ${indefinite(first)} ${said}`;
  }
  const place = placeOf(first);
  const without = Object.fromEntries(Object.entries(first).filter(([key]) => key !== "row" && key !== "column"));
  if (place !== "" && way % 3 === 0) return `${indefinite(without)} is ${place}`;
  if (place !== "" && way % 3 === 1) return `${place} there is ${indefinite(without)}`;
  return `${nth(["there is", "the image has"], way % 2)} ${indefinite(first)}`;
}

/** The words after "the image has". */
function objectWords(fact: Having): string {
  if (fact.kind === "some") return indefinite(fact.things[0] ?? {});
  return `${fact.is === 0 ? "no" : `exactly ${numberWord(fact.is)}`} ${nounPhrase(fact.of, fact.is !== 1)}`;
}

function predicateOf(of: Description, attribute: Attribute, plural: boolean): string | undefined {
  switch (attribute) {
    case "colour":
      return nth(COLOURS, of.colour ?? 0);
    case "size":
      return nth(SIZES, of.size ?? 0);
    case "shape": {
      const noun = nth(SHAPES, of.shape ?? 0);
      return plural ? pluralOf(noun) : `a ${noun}`;
    }
    default:
      return undefined;
  }
}

function pluralOf(noun: string): string {
  return noun.endsWith("s") ? `${noun}es` : `${noun}s`;
}

function nth(words: readonly string[], index: number): string {
  const word = words[index];
  if (word === undefined) throw new Error(`internal: no word ${index} among ${words.join(", ")}`);
  return word;
}
