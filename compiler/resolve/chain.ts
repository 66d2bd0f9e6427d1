// Follows chains of dependent declarations: each result is computed once, and cycles and chains that are too long end,
// in whatever order the declarations are written.

/** The longest chain of imports, parents, params or stages, so that following one may recurse. */
export const deepest = 200;

interface Chain<Key, T> {
  /** Computes one result; it requests its dependencies from the function that `followed` returns. */
  readonly work: (key: Key) => T;
  /** The result for a declaration that depends on itself; the cycle starts and ends with it. */
  readonly onCycle: (way: readonly Key[]) => T;
  /** The result at the end of a chain of more than `deepest` others. */
  readonly onLong: (key: Key) => T;
}

/** Returns the memoized results by key. */
export function followed<Key, T>({ work, onCycle, onLong }: Chain<Key, T>): (key: Key) => T {
  const done = new Map<Key, { readonly value: T; readonly height: number }>();
  const under: { readonly key: Key; below: number }[] = [];
  const settle = (key: Key, value: T, height: number): T => {
    done.set(key, { value, height });
    rest(height);
    return value;
  };
  /** Records the height of a dependency of the current key. */
  const rest = (height: number): void => {
    const top = under.at(-1);
    if (top !== undefined) top.below = Math.max(top.below, height);
  };
  return (key) => {
    const known = done.get(key);
    if (known !== undefined) {
      rest(known.height);
      return known.value;
    }
    const at = under.findIndex((each) => each.key === key);
    if (at >= 0) return onCycle([...under.slice(at).map((each) => each.key), key]);
    // Counting starts again after the chain that was reported.
    if (under.length >= deepest) return settle(key, onLong(key), 0);
    const here = { key, below: 0 };
    under.push(here);
    const value = work(key);
    under.pop();
    return here.below < deepest ? settle(key, value, here.below + 1) : settle(key, onLong(key), 0);
  };
}
