// A small seeded random number generator: a failing case is reproduced by its number.

/** Numbers in [0, 1). */
export type Next = () => number;

/** Mulberry32. */
export function numbers(seed: number): Next {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** An integer in [0, below). */
export function below(limit: number, next: Next): number {
  return Math.floor(next() * limit);
}

export function pick<T>(list: readonly T[], next: Next): T {
  const found = list[below(list.length, next)];
  if (found === undefined) throw new Error("nothing to pick from");
  return found;
}
