import fc from "fast-check";
import { expect, test } from "vitest";
import { jsonMembers, jsonValue } from "../../../runtime/formats/json-members.js";

function membersOf(text: string): [key: string, value: unknown][] {
  const bytes = new TextEncoder().encode(text);
  return [...jsonMembers(bytes)].map(({ key, begin, end }) => [key, jsonValue(bytes, begin, end)]);
}

test("the members of any object are those of JSON.parse", () => {
  const spaced = fc.tuple(fc.dictionary(fc.string({ unit: "binary" }), fc.jsonValue()), fc.constantFrom(0, 1, 3));
  fc.assert(
    fc.property(spaced, ([object, indent]) => {
      const text = JSON.stringify(object, undefined, indent);
      expect(membersOf(text)).toEqual(Object.entries(JSON.parse(text)));
    }),
    { numRuns: 300, seed: 11 },
  );
});

test("invalid UTF-8 is refused", () => {
  const bytes = Buffer.from('{"a":"\xff"}', "latin1");
  expect(() => [...jsonMembers(bytes)].map(({ begin, end }) => jsonValue(bytes, begin, end))).toThrow(
    "bytes 5 to 8 of it are no text in UTF-8",
  );
});

test.each([
  ["", "not an object"],
  ["[1]", "not an object"],
  ['{"a":1', "does not end"],
  ['{"a":1} x', "follows its end"],
  ['{"a":1,}', "after a comma"],
  ['{"a" 1}', "no colon"],
  ["{a:1}", "begins no key"],
  ['{"a":1 "b":2}', "bytes 5 to 12 of it are no JSON"],
  ['{"\\x":1}', "bytes 1 to 5 of it are no JSON"],
  ['{"a":"b', "does not end"],
  ['{"\\u0061":1,"a":2}', "the key `a` occurs twice"],
])("%s is refused", (text, words) => {
  expect(() => membersOf(text)).toThrow(new RegExp(words));
});
