// Names with `*`.
import { expect, test } from "vitest";
import { isLike } from "../../runtime/wildcard.js";

test.each([
  ["a.b", "a.b", true],
  ["a.b", "a.c", false],
  ["axb", "a.b", false],
  ["a.b.c", "a.*", true],
  ["a.b.c", "*.c", true],
  ["a.b.c", "a*b*c", true],
  ["abab", "ab*ab", true],
  ["aba", "ab*ba", false],
  ["a\nb", "a*b", true],
  ["", "*", true],
  ["", "**", true],
  ["abc", "*b", false],
  // A regular expression would try every way to divide the name.
  ["a".repeat(200), `${"*a".repeat(40)}*x`, false],
])("%j is like %j: %j", (name, pattern, is) => {
  expect(isLike(name, pattern)).toBe(is);
});
