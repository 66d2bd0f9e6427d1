// Memoization for objects that never change.

/** The value of `map` for the key; on the first call computed by `make` and stored. */
export function memoized<Key extends WeakKey, T>(map: WeakMap<Key, T>, key: Key, make: () => T): T {
  const before = map.get(key);
  if (before !== undefined) return before;
  const made = make();
  map.set(key, made);
  return made;
}
