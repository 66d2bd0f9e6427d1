// What is computed once for an object that never changes.

/** What `map` holds for the key, or else what `make` makes, which it holds from then on. */
export function memoized<Key extends WeakKey, T>(map: WeakMap<Key, T>, key: Key, make: () => T): T {
  const before = map.get(key);
  if (before !== undefined) return before;
  const made = make();
  map.set(key, made);
  return made;
}
