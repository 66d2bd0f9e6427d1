// From a declaration to those it builds on: each is worked out once, a circle ends, and so does a chain that is too
// long, in whatever order the declarations stand.

/** The longest chain of imports, parents, params or stages. Those who follow one may recurse. */
export const deepest = 200;

interface Chain<Key, T> {
  /** Works out one; it asks for those it builds on by the function that `followed` gives. */
  readonly work: (key: Key) => T;
  /** What one comes to that builds on itself; the way round begins and ends with it. */
  readonly onCircle: (way: readonly Key[]) => T;
  /** What one comes to that stands behind a chain of more than `deepest` others. */
  readonly onLong: (key: Key) => T;
}

/** Gives what each comes to. */
export function followed<Key, T>({ work, onCircle, onLong }: Chain<Key, T>): (key: Key) => T {
  const done = new Map<Key, { readonly value: T; readonly height: number }>();
  const under: { readonly key: Key; below: number }[] = [];
  const settle = (key: Key, value: T, height: number): T => {
    done.set(key, { value, height });
    rest(height);
    return value;
  };
  /** What is being worked out stands on something so high. */
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
    if (at >= 0) return onCircle([...under.slice(at).map((each) => each.key), key]);
    // The chain begins anew behind the one that was told of.
    if (under.length >= deepest) return settle(key, onLong(key), 0);
    const here = { key, below: 0 };
    under.push(here);
    const value = work(key);
    under.pop();
    return here.below < deepest ? settle(key, value, here.below + 1) : settle(key, onLong(key), 0);
  };
}
