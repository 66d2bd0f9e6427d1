// Threefry-2x32 with 20 rounds (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011), a keyed hash of a
// counter.

/** A key, or the hash of a counter under it. */
export type Words = Uint32Array<ArrayBuffer>;

const PARITY = 0x1bd1_1bda;

/** The hash of counter (a, b) under `key`, written into `out`, which may be `key` itself. */
export function threefry(key: Words, a: number, b: number, out: Words): void {
  const key0 = word(key, 0) | 0;
  const key1 = word(key, 1) | 0;
  const key2 = PARITY ^ key0 ^ key1;
  let x0 = (a + key0) | 0;
  let x1 = (b + key1) | 0;
  // Unrolled: a loop took 25% more time.
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

/** One of two words, 0 or 1. */
export function word(words: Words, index: 0 | 1): number {
  return words[index] ?? 0;
}
