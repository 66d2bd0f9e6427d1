// Offsets to lines and columns and back.
import fc from "fast-check";
import { expect, test } from "vitest";
import { createSource, lineText, offsetAt, positionAt } from "../../grammar/index.js";

test.each([
  ["", 0, 1, 1],
  ["ab", 2, 1, 3],
  ["a\nb", 1, 1, 2],
  ["a\nb", 2, 2, 1],
  ["a\r\nb", 3, 2, 1],
  ["a\rb", 2, 2, 1],
  ["a\n", 2, 2, 1],
  ["😀b", 2, 1, 3],
  ["ab", 99, 1, 3],
])("in %j offset %d is line %d, column %d", (text, offset, line, column) => {
  expect(positionAt(createSource("a", text), offset)).toEqual({ line, column });
});

test("an offset outside line ends is recovered from its line and column", () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom("a", "\n", "\r", "\r\n", "é") }), fc.nat(40), (text, n) => {
      const source = createSource("a", text);
      const offset = Math.min(n, text.length);
      const { line, column } = positionAt(source, offset);
      fc.pre(column - 1 <= lineText(source, line).length);
      expect(offsetAt(source, { line, column })).toBe(offset);
    }),
  );
});

test("lines come without their ends; outside the file they are empty", () => {
  const source = createSource("a", "one\r\ntwo\n");
  expect([0, 1, 2, 3, 4].map((line) => lineText(source, line))).toEqual(["", "one", "two", "", ""]);
});
