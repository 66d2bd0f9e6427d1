// Finds scenes for which given facts hold, without scanning all: to distinguish every scene of a split from all others takes
// several searches per scene.
import { holds, type Description, type Fact } from "./logic.js";
import { attributes, type Attribute, type Scene } from "./scene.js";

/** Searches the scenes of one split by facts. */
export interface SceneIndex {
  /** Whether these facts hold for a scene other than `own`. */
  hasOther(own: Scene, facts: readonly Fact[]): boolean;
}

/** An index of a whole split. Results are cached. */
export function indexOf(scenes: readonly Scene[]): SceneIndex {
  const objects = objectsOf(scenes);
  const all = Int32Array.from(scenes.keys());
  const known = new Map<string, Int32Array>();
  /** Indices of scenes with these attributes, among `places`. */
  const having = (looks: readonly Code[], places: Int32Array): Int32Array => {
    const name = looks.map(({ bits, mask }) => `${bits}/${mask}`).join();
    const found = known.get(name) ?? those(places, objects, looks);
    known.set(name, found);
    return found;
  };
  // Most captions mention two or three objects: the attributes of two leave few scenes to check.
  const havingBoth = ([a, b]: readonly [Code, Code]): Int32Array => having([a, b], having([a], all));
  return {
    hasOther: (own, facts) => {
      const things = facts.flatMap((fact) => (fact.kind === "some" ? fact.things : []));
      const looks = things.map(({ colour, shape }) => codeOf({ colour, shape }));
      const codes = things.map(codeOf);
      for (const place of pairsOf(looks).map(havingBoth).reduce(shorter, all)) {
        if (!hasAll(objects, place, codes)) continue;
        const scene = scenes[place];
        if (scene !== undefined && scene !== own && facts.every((fact) => holds(fact, scene))) return true;
      }
      return false;
    },
  };
}

/** A description as a number: an object matches if its bits under the mask equal `bits`. */
interface Code {
  readonly bits: number;
  readonly mask: number;
}

const keys = Object.keys(attributes) as Attribute[]; // the table's keys
/** Bits per attribute; none has eight values, so that all ones stand for no object. */
const WIDTH = 3;

function codeOf(thing: { readonly [Key in keyof Description]: Description[Key] | undefined }): Code {
  let [bits, mask] = [0, 0];
  keys.forEach((key, i) => {
    const value = thing[key];
    if (value === undefined) return;
    bits |= value << (WIDTH * i);
    mask |= ((1 << WIDTH) - 1) << (WIDTH * i);
  });
  return { bits, mask };
}

/** The bits of all objects, padded to `most` per scene. */
interface Objects {
  readonly bits: Int32Array;
  readonly most: number;
}

function objectsOf(scenes: readonly Scene[]): Objects {
  const most = scenes.reduce((count, { objects }) => Math.max(count, objects.length), 0);
  const bits = new Int32Array(most * scenes.length).fill(-1);
  scenes.forEach(({ objects }, place) => {
    objects.forEach((object, i) => (bits[most * place + i] = codeOf(object).bits));
  });
  return { bits, most };
}

function those(places: Int32Array, objects: Objects, codes: readonly Code[]): Int32Array {
  const found: number[] = [];
  for (const place of places) if (hasAll(objects, place, codes)) found.push(place);
  return Int32Array.from(found);
}

/** Whether a scene has an object for each code (possibly the same one). Called a hundred million times: plain loops. */
function hasAll({ bits, most }: Objects, place: number, codes: readonly Code[]): boolean {
  const [begin, end] = [most * place, most * (place + 1)];
  for (const code of codes) {
    let fits = false;
    for (let i = begin; i < end && !fits; i++) fits = ((bits[i] ?? -1) & code.mask) === code.bits;
    if (!fits) return false;
  }
  return true;
}

function shorter(a: Int32Array, b: Int32Array): Int32Array {
  return b.length < a.length ? b : a;
}

/** All pairs of a list; for a single entry, the entry twice. */
function pairsOf<T>(list: readonly T[]): (readonly [T, T])[] {
  if (list.length === 1) return list.map((only) => [only, only]);
  return list.flatMap((a, i) => list.slice(i + 1).map((b) => [a, b] as const));
}
