// More cases of the same kind run in `npm run test:long` only; `npm test` runs a part of them.

/** Whether all cases are run. */
export const isLong = process.env["VLMO_TESTS"] === "long";

/** All cases in `npm run test:long`, otherwise every `every`-th, starting with the first. */
export function oneOf<T>(every: number, rows: readonly T[]): readonly T[] {
  return isLong ? rows : rows.filter((_, i) => i % every === 0);
}
