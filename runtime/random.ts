// The seeded generator of the runtime, built on a keyed hash of a counter (random/threefry.ts). A stream is named by a seed and
// labels, and its n-th number depends on nothing else: not on other streams, nor on the order of calls elsewhere. Exact
// resumption depends on this.
import { threefry, word, type Words } from "./random/threefry.js";
import { atOnce, normalsOfTaken, Uniforms } from "./random/uniforms.js";

/** A named sequence of random numbers. Reading advances its own counter only. */
export interface RandomStream {
  /** Uniform in [0, 1), 53 bits. */
  uniform(): number;
  /** Standard normal (Box-Muller, one pair of uniforms per number). */
  normal(): number;
  /** Standard Gumbel, −ln(−ln u): `argmax(ln w + gumbel)` draws index i with probability proportional to w. */
  gumbel(): number;
  /** Uniform whole number in 0 … n − 1. */
  integer(n: number): number;
  /** True with probability p. */
  chance(p: number): boolean;
  /** One entry of a non-empty list, uniformly. */
  pick<T>(list: readonly T[]): T;
  /** Shuffles the list in place (Fisher-Yates) and returns it. */
  shuffle<L extends Indexable>(list: L): L;
  fillUniform(target: Float32Array): Float32Array;
  fillNormal(target: Float32Array): Float32Array;
  fillGumbel(target: Float32Array): Float32Array;
}

type Indexable = unknown[] | Int32Array | Uint32Array | Float32Array;

/** A part of a stream's name. Numbers and strings are distinguished: 1 is not "1". */
export type Label = string | number;

/** A stream's name as plain data: the arguments of `stream`. */
export type StreamName = readonly [seed: number, ...labels: Label[]];

/** The stream of that name; the same arguments give the same numbers, always from the start. */
export function stream(seed: number, ...labels: readonly Label[]): RandomStream {
  const key = keyOf([seed, ...labels]);
  const uniforms = new Uniforms(key);
  const uniform = (): number => uniforms.next();
  const integer = (n: number): number => Math.floor(uniform() * n);
  return {
    uniform,
    normal: () => normalOf(uniform(), uniform()),
    gumbel: () => gumbelOf(uniform()),
    integer,
    chance: (p) => uniform() < p,
    pick: (list) => entry(list, integer(list.length)),
    shuffle: (list) => shuffled(list, integer),
    fillUniform: (target) => filled(target, uniforms, distributions.uniform),
    fillNormal: (target) => filled(target, uniforms, distributions.normal),
    fillGumbel: (target) => filled(target, uniforms, distributions.gumbel),
  };
}

/** A 32-bit hash of labels, for sorting into buckets that must never change (splits by scene or by folder). */
export function hash32(...labels: readonly Label[]): number {
  return word(keyOf(labels), 0);
}

/** The largest float32 below 1: a float64 uniform may round up to 1 in float32, which callers must never see. */
const BELOW_ONE = 1 - 2 ** -24;

/** Folds labels into a 64-bit key, each word by one Threefry call whose output is the next key. */
function keyOf(labels: readonly Label[]): Words {
  const key = new Uint32Array([0x766c6d6f, labels.length]);
  for (const label of labels) {
    if (typeof label === "number") absorbNumber(key, label);
    else absorbText(key, label);
  }
  return key;
}

function absorbNumber(key: Words, value: number): void {
  const bits = new Uint32Array(new Float64Array([value === 0 ? 0 : value]).buffer);
  threefry(key, 0x6e756d, 0, key);
  threefry(key, word(bits, 0), word(bits, 1), key);
}

function absorbText(key: Words, text: string): void {
  threefry(key, 0x737472, text.length, key);
  for (let i = 0; i < text.length; i += 2) {
    threefry(key, text.charCodeAt(i), i + 1 < text.length ? text.charCodeAt(i + 1) : 0x1_0000, key);
  }
}

function entry<T>(list: readonly T[], index: number): T {
  if (index >= list.length || index < 0) throw new Error("internal: a random pick from an empty list");
  return list[index] as T; // In range: the check above excludes holes, and T may itself include undefined.
}

function shuffled<L extends Indexable>(list: L, integer: (n: number) => number): L {
  for (let i = list.length - 1; i > 0; i--) {
    const j = integer(i + 1);
    const held = list[i];
    list[i] = list[j];
    list[j] = held;
  }
  return list;
}

/** A distribution derived from uniform numbers: `each` of them per number. */
interface Distribution {
  readonly each: 1 | 2;
  /** Has its own loop, so that V8 specialises it for this distribution. */
  readonly fill: (target: Float32Array, uniforms: Float64Array) => void;
}

const distributions = {
  uniform: {
    each: 1,
    fill: (target, uniforms) => {
      for (let i = 0; i < target.length; i++) target[i] = Math.min(uniforms[i] ?? 0, BELOW_ONE);
    },
  },
  normal: {
    each: 2,
    fill: (target, uniforms) => {
      if (normalsOfTaken(target)) return;
      for (let i = 0; i < target.length; i++) target[i] = normalOf(uniforms[2 * i] ?? 0, uniforms[2 * i + 1] ?? 0);
    },
  },
  gumbel: {
    each: 1,
    fill: (target, uniforms) => {
      for (let i = 0; i < target.length; i++) target[i] = gumbelOf(uniforms[i] ?? 0);
    },
  },
} satisfies Record<string, Distribution>;

/** The first Box-Muller number of a pair of uniforms. */
function normalOf(first: number, second: number): number {
  return Math.sqrt(-2 * Math.log(aboveZero(first))) * Math.cos(2 * Math.PI * second);
}

/** The largest absolute value of a normal number. */
export const largestNormal = Math.sqrt(-2 * Math.log(aboveZero(0)));

function gumbelOf(uniform: number): number {
  return -Math.log(-Math.log(aboveZero(uniform)));
}

function aboveZero(uniform: number): number {
  return uniform + 2 ** -54;
}

function filled(target: Float32Array, uniforms: Uniforms, { each, fill }: Distribution): Float32Array {
  const length = atOnce / each;
  for (let at = 0; at < target.length; at += length) {
    const part = target.subarray(at, at + length);
    fill(part, uniforms.take(each * part.length));
  }
  return target;
}
