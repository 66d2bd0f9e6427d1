// The contents of the playground's address.
import { expect, it } from "vitest";
import { fragmentOf, stateOf } from "../../playground/page/address.js";

it.each([
  ["an unchanged shipped file", "specs/quickstart.vlmo", []],
  ["a changed file", "specs/quickstart.vlmo", [["specs/quickstart.vlmo", "vlmo 1\n// ünïcödé 猫 ~ # ?\n"]]],
  [
    "several files, one with an unusual name",
    "mine/a b#~?%.vlmo",
    [
      ["mine/a b#~?%.vlmo", ""],
      ["b.vlmo", "vlmo 1"],
    ],
  ],
] as const)("an address restores %s", async (_, path, changed) => {
  const state = { path, changed: new Map(changed) };
  const fragment = await fragmentOf(state);
  expect(fragment).toMatch(/^#[^#\s]*$/);
  expect(await stateOf(fragment)).toEqual(state);
});

it("compresses long contents", async () => {
  const fragment = await fragmentOf({ path: "a.vlmo", changed: new Map([["a.vlmo", "layers: 12\n".repeat(1000)]]) });
  expect(fragment.length).toBeLessThan(200);
});

it.each(["", "#", "#~", "#a~!", "#a~AAAA", "#a~abc", `#a~${"A".repeat(5000)}`, "#%E0%A4%A~x"])(
  "ignores a damaged address: %s",
  async (fragment) => {
    expect(await stateOf(fragment)).toBeNull();
  },
);

it("limits the decompressed size", async () => {
  const bomb = await fragmentOf({ path: "a", changed: new Map([["a", "x".repeat(2 ** 23)]]) });
  expect(bomb.length).toBeLessThan(20_000);
  expect(await stateOf(bomb)).toBeNull();
});
