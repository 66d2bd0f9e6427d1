// "did you mean": which names are close enough.
import fc from "fast-check";
import { expect, test } from "vitest";
import { closest, suggestion } from "../../grammar/index.js";
import { editDistance } from "../../grammar/suggest.js";

const candidates = ["attention", "heads", "layers", "width", "norm", "Norm2", "lr", "eps"];

test.each([
  ["atention", "attention"],
  ["attnetion", "attention"],
  ["HEADS", "heads"],
  ["layer", "layers"],
  ["wdith", "width"],
  ["norm2", "Norm2"],
  ["rl", "lr"],
  ["ep", "eps"],
  ["x", undefined],
  ["temperature", undefined],
  ["", undefined],
])("the suggestion for %j is %j", (name, wanted) => {
  expect(closest(name, candidates)).toBe(wanted);
});

test.each([
  ["ba.vlmo", "bar.vlmo", "did you mean `bar.vlmo`?"],
  [
    "\u00e9",
    "e\u0301",
    "there is `e\u0301`, which looks the same but is stored in another form of Unicode: copy that name",
  ],
])("%s, where there is %s: %s", (name, near, said) => {
  expect(suggestion(name, near)).toBe(said);
});

test("suggests the nearest name, and the first of equally near ones", () => {
  expect(closest("layerd", ["laxerx", "layers", "layerx"])).toBe("layers");
});

/** The edit distance by the full dynamic-programming table. */
function plainDistance(from: string, to: string): number {
  const table = Array.from({ length: from.length + 1 }, (_, i) => [i]);
  const at = (i: number, j: number): number => table[i]?.[j] ?? 0;
  for (let j = 1; j <= to.length; j += 1) table[0]?.push(j);
  for (let i = 1; i <= from.length; i += 1)
    for (let j = 1; j <= to.length; j += 1) {
      const same = from[i - 1] === to[j - 1] ? 0 : 1;
      const swapped = i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1];
      const ways = [at(i - 1, j) + 1, at(i, j - 1) + 1, at(i - 1, j - 1) + same];
      table[i]?.push(Math.min(...ways, ...(swapped ? [at(i - 2, j - 2) + 1] : [])));
    }
  return at(from.length, to.length);
}

test("edit distances equal those of the full table", () => {
  const word = fc.string({ unit: fc.constantFrom("a", "b", "c", "_", "é"), maxLength: 40 });
  fc.assert(
    fc.property(word, word, (from, to) => {
      const distance = editDistance(from, to);
      if (distance !== Infinity) expect(distance).toBe(plainDistance(from, to));
      else expect(Math.min(from.length, to.length)).toBeGreaterThan(32);
    }),
    { seed: 1, numRuns: 2000 },
  );
});
