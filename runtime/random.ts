// The one seeded generator of the runtime: Threefry-2x32 with 20 rounds (Salmon et al., "Parallel random numbers: as
// easy as 1, 2, 3", SC 2011), a keyed hash of a counter. A stream is named by a seed and labels, and its n-th number
// depends on nothing else: not on other streams, not on the order of calls elsewhere. Exact resume rests on this.

/** A named sequence of random numbers. Reading advances its own counter only. */
export interface RandomStream {
  /** Uniform in [0, 1), 53 bits. */
  uniform(): number;
  /** Standard normal (Box-Muller, one pair of uniforms a number). */
  normal(): number;
  /** Standard Gumbel, −ln(−ln u): `argmax(ln w + gumbel)` draws index i with probability proportional to w. */
  gumbel(): number;
  /** Uniform whole number in 0 … n − 1. */
  integer(n: number): number;
  /** True with probability p. */
  chance(p: number): boolean;
  /** One entry of a list that is not empty, all equally likely. */
  pick<T>(list: readonly T[]): T;
  /** Puts the list in random order, in place (Fisher-Yates), and returns it. */
  shuffle<L extends Indexable>(list: L): L;
  fillUniform(target: Float32Array): Float32Array;
  fillNormal(target: Float32Array): Float32Array;
  fillGumbel(target: Float32Array): Float32Array;
}

type Indexable = unknown[] | Int32Array | Uint32Array | Float32Array;

/** A part of a stream's name. Numbers and strings are distinguished: 1 is not "1". */
export type Label = string | number;

/** A stream's name as plain data: what `stream` takes. */
export type StreamName = readonly [seed: number, ...labels: Label[]];

/** The stream of that name; the same arguments give the same numbers, always from the start. */
export function stream(seed: number, ...labels: readonly Label[]): RandomStream {
  const key = keyOf([seed, ...labels]);
  const words = new Uint32Array(2);
  let [low, high] = [0, 0];
  const uniform = (): number => {
    threefry(key, low, high, words);
    low = (low + 1) | 0;
    if (low === 0) high += 1;
    return ((word(words, 0) >>> 5) * 0x400_0000 + (word(words, 1) >>> 6)) / 0x20_0000_0000_0000;
  };
  const positive = (): number => uniform() + 2 ** -54;
  const normal = (): number => Math.sqrt(-2 * Math.log(positive())) * Math.cos(2 * Math.PI * uniform());
  const gumbel = (): number => -Math.log(-Math.log(positive()));
  const integer = (n: number): number => Math.floor(uniform() * n);
  return {
    uniform,
    normal,
    gumbel,
    integer,
    chance: (p) => uniform() < p,
    pick: (list) => entry(list, integer(list.length)),
    shuffle: (list) => shuffled(list, integer),
    fillUniform: (target) => filled(target, () => Math.min(uniform(), BELOW_ONE)),
    fillNormal: (target) => filled(target, normal),
    fillGumbel: (target) => filled(target, gumbel),
  };
}

/** A 32-bit hash of labels, for sorting into buckets that must never change (splits by scene or by folder). */
export function hash32(...labels: readonly Label[]): number {
  return word(keyOf(labels), 0);
}

/** The largest float32 below 1: a float64 uniform may round up to 1 in float32, which callers must never see. */
const BELOW_ONE = 1 - 2 ** -24;

/** Folds labels into a 64-bit key, each word by one Threefry call whose output is the next key. */
function keyOf(labels: readonly Label[]): Uint32Array {
  const key = new Uint32Array([0x766c6d6f, labels.length]);
  for (const label of labels) {
    if (typeof label === "number") absorbNumber(key, label);
    else absorbText(key, label);
  }
  return key;
}

function absorbNumber(key: Uint32Array, value: number): void {
  const bits = new Uint32Array(new Float64Array([value === 0 ? 0 : value]).buffer);
  threefry(key, 0x6e756d, 0, key);
  threefry(key, word(bits, 0), word(bits, 1), key);
}

function absorbText(key: Uint32Array, text: string): void {
  threefry(key, 0x737472, text.length, key);
  for (let i = 0; i < text.length; i += 2) {
    threefry(key, text.charCodeAt(i), i + 1 < text.length ? text.charCodeAt(i + 1) : 0x1_0000, key);
  }
}

const PARITY = 0x1bd1_1bda;

/** Threefry-2x32-20 of counter (a, b) under `key`, written into `out`, which may be `key` itself. */
export function threefry(key: Uint32Array, a: number, b: number, out: Uint32Array): void {
  const key0 = word(key, 0) | 0;
  const key1 = word(key, 1) | 0;
  const key2 = PARITY ^ key0 ^ key1;
  let x0 = (a + key0) | 0;
  let x1 = (b + key1) | 0;
  // Unrolled: half of the time that a model's weights take to draw is spent here, and a loop took a quarter more.
  x0 = (x0 + x1) | 0;
  x1 = rotated(x1, 13) ^ x0;
  x0 = (x0 + x1) | 0;
  x1 = rotated(x1, 15) ^ x0;
  x0 = (x0 + x1) | 0;
  x1 = rotated(x1, 26) ^ x0;
  x0 = (x0 + x1) | 0;
  x1 = rotated(x1, 6) ^ x0;
  x0 = (x0 + key1) | 0;
  x1 = (x1 + key2 + 1) | 0;
  x0 = (x0 + x1) | 0;
  x1 = rotated(x1, 17) ^ x0;
  x0 = (x0 + x1) | 0;
  x1 = rotated(x1, 29) ^ x0;
  x0 = (x0 + x1) | 0;
  x1 = rotated(x1, 16) ^ x0;
  x0 = (x0 + x1) | 0;
  x1 = rotated(x1, 24) ^ x0;
  x0 = (x0 + key2) | 0;
  x1 = (x1 + key0 + 2) | 0;
  x0 = (x0 + x1) | 0;
  x1 = rotated(x1, 13) ^ x0;
  x0 = (x0 + x1) | 0;
  x1 = rotated(x1, 15) ^ x0;
  x0 = (x0 + x1) | 0;
  x1 = rotated(x1, 26) ^ x0;
  x0 = (x0 + x1) | 0;
  x1 = rotated(x1, 6) ^ x0;
  x0 = (x0 + key0) | 0;
  x1 = (x1 + key1 + 3) | 0;
  x0 = (x0 + x1) | 0;
  x1 = rotated(x1, 17) ^ x0;
  x0 = (x0 + x1) | 0;
  x1 = rotated(x1, 29) ^ x0;
  x0 = (x0 + x1) | 0;
  x1 = rotated(x1, 16) ^ x0;
  x0 = (x0 + x1) | 0;
  x1 = rotated(x1, 24) ^ x0;
  x0 = (x0 + key1) | 0;
  x1 = (x1 + key2 + 4) | 0;
  x0 = (x0 + x1) | 0;
  x1 = rotated(x1, 13) ^ x0;
  x0 = (x0 + x1) | 0;
  x1 = rotated(x1, 15) ^ x0;
  x0 = (x0 + x1) | 0;
  x1 = rotated(x1, 26) ^ x0;
  x0 = (x0 + x1) | 0;
  x1 = rotated(x1, 6) ^ x0;
  x0 = (x0 + key2) | 0;
  x1 = (x1 + key0 + 5) | 0;
  out[0] = x0 >>> 0;
  out[1] = x1 >>> 0;
}

function rotated(bits: number, turn: number): number {
  return (bits << turn) | (bits >>> (32 - turn));
}

function word(words: Uint32Array, index: number): number {
  return words[index] ?? 0;
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

function filled(target: Float32Array, draw: () => number): Float32Array {
  for (let i = 0; i < target.length; i++) target[i] = draw();
  return target;
}
