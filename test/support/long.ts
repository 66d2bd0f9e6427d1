// What proves the same again, by more of its kind, is left to `npm run test:long`; `npm test` has a part of it.

/** Whether everything is to be tried. */
export const isLong = process.env["VLMO_TESTS"] === "long";

/** All of them in `npm run test:long`, otherwise one of each so many, the first among them. */
export function oneOf<T>(every: number, rows: readonly T[]): readonly T[] {
  return isLong ? rows : rows.filter((_, i) => i % every === 0);
}
