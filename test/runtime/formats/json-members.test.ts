import fc from "fast-check";
import { expect, test } from "vitest";
import { jsonMembers, jsonValue } from "../../../runtime/formats/json-members.js";

function membersOf(text: string): [key: string, value: unknown][] {
  const bytes = new TextEncoder().encode(text);
  return [...jsonMembers(bytes)].map(({ key, begin, end }) => [key, jsonValue(bytes, begin, end)]);
}

test("the members of any object are those that JSON.parse finds", () => {
  const spaced = fc.tuple(fc.dictionary(fc.string({ unit: "binary" }), fc.jsonValue()), fc.constantFrom(0, 1, 3));
  fc.assert(
    fc.property(spaced, ([object, indent]) => {
      const text = JSON.stringify(object, undefined, indent);
      expect(membersOf(text)).toEqual(Object.entries(JSON.parse(text)));
    }),
    { numRuns: 300, seed: 11 },
  );
});

test.each([
  ["", "not an object"],
  ["[1]", "not an object"],
  ['{"a":1', "does not end"],
  ['{"a":1} x', "behind its end"],
  ['{"a":1,}', "after a comma"],
  ['{"a" 1}', "no colon"],
  ["{a:1}", "begins no key"],
  ['{"a":1 "b":2}', "not valid JSON|comma|position"],
  ['{"a":"b', "does not end"],
  ['{"\\u0061":1,"a":2}', "the key `a` stands in it twice"],
])("%s is refused", (text, words) => {
  expect(() => membersOf(text)).toThrow(new RegExp(words));
});
