// Repeated subsequences: the layers of a model, in the order in which its operations run.

/** Equal subsequences that do not overlap. */
export interface Repeat {
  readonly length: number;
  readonly starts: readonly number[];
}

/** Which repeats to find: bounds of their length; together they must save at least `saves` elements. */
export interface Wanted {
  readonly least: number;
  readonly most: number;
  readonly saves: number;
}

/** Greedy: the repeats that save most are taken first, and their elements are not available to others. */
export function repeatsIn(elements: readonly string[], { least, most, saves }: Wanted): Repeat[] {
  const windows = windowsOf(elements, most);
  const taken = new Uint8Array(elements.length);
  const isFree = (start: number, length: number): boolean => !taken.subarray(start, start + length).includes(1);
  const candidates = Array.from({ length: Math.max(0, most - least + 1) }, (_, i) => least + i)
    .flatMap((length) => grouped(windows(length)).map((starts) => ({ length, starts: apart(starts, length) })))
    .filter((repeat) => saved(repeat) >= saves)
    .sort((a, b) => saved(b) - saved(a) || a.length - b.length || (a.starts[0] ?? 0) - (b.starts[0] ?? 0));
  return candidates.flatMap(({ length, starts }) => {
    const repeat = { length, starts: starts.filter((start) => isFree(start, length)) };
    if (saved(repeat) < saves) return [];
    for (const start of repeat.starts) taken.fill(1, start, start + length);
    return [repeat];
  });
}

function saved({ length, starts }: Repeat): number {
  return length * (starts.length - 1);
}

/** Start positions of occurrences that do not overlap. */
function apart(starts: readonly number[], length: number): number[] {
  let end = 0;
  return starts.filter((start) => {
    if (start < end) return false;
    end = start + length;
    return true;
  });
}

/** Positions with equal keys, where there is more than one. */
function grouped<Key>(keys: Iterable<readonly [number, Key]>): number[][] {
  const groups = new Map<Key, number[]>();
  for (const [start, key] of keys) {
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [start]);
    else group.push(start);
  }
  return [...groups.values()].filter(({ length }) => length > 1);
}

/**
 * For a length: a number for each position, equal for equal subsequences of that length. Computed from those of powers
 * of two.
 */
function windowsOf(elements: readonly string[], most: number): (length: number) => [number, number][] {
  const powers = [numbered(elements)];
  for (let size = 1; 2 * size <= most; size *= 2) {
    const half = powers.at(-1) ?? [];
    powers.push(numbered(half.slice(0, half.length - size).map((first, i) => `${first} ${half[i + size]}`)));
  }
  return (length) => {
    const power = Math.floor(Math.log2(length));
    const [half, rest] = [powers[power] ?? [], length - 2 ** power];
    const count = Math.max(0, elements.length - length + 1);
    // Both halves packed into one number: there are far fewer than 2²⁰ elements.
    return Array.from({ length: count }, (_, i) => [i, (half[i] ?? 0) * 2 ** 20 + (half[i + rest] ?? 0)]);
  };
}

function numbered(keys: readonly string[]): number[] {
  const numbers = new Map<string, number>();
  return keys.map((key) => {
    const number = numbers.get(key) ?? numbers.size;
    numbers.set(key, number);
    return number;
  });
}
