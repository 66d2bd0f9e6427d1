// Did you mean: what is near enough and what is not.
import { expect, test } from "vitest";
import { closest } from "../../grammar/index.js";

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
])("for %j it is %j", (name, wanted) => {
  expect(closest(name, candidates)).toBe(wanted);
});

test("the nearest wins, and among equals the first", () => {
  expect(closest("layerd", ["laxerx", "layers", "layerx"])).toBe("layers");
});
