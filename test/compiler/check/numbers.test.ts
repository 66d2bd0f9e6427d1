// Numbers with the right unit that cannot be used: reported at their place, with the reason.
import { expect, it } from "vitest";
import { example } from "../../../compiler/codes/example.js";
import { check } from "./check.js";

it.each([
  ["a rate beyond float32", ["lr: 1e-3", "lr: 1e39"], "V207 `lr` must be at most 1e+30, not 1e+39"],
  ["a rate that is 0 in float32", ["lr: 1e-3", "lr: 1e-60"], "V207 `lr` must be at least 1e-30, not 1e-60"],
  [
    "a bias beyond float32",
    [
      "head itc: contrastive(image.cls, text.cls)",
      "head itc: contrastive(image.cls, text.cls) { loss: sigmoid, bias: -1e300 }",
    ],
    "V207 `bias` must be at least -1e+30, not -1e+300",
  ],
  [
    "a weight beyond float32",
    ["learn: itc + itm", "learn: 1e300 * itc + itm"],
    "V408 the weight of `itc` is 1e+300, and a weight is above zero and at most 1e30",
  ],
  [
    "a count that is not exact",
    ["steps: 1000", "steps: 1000\n  seed: 9007199254740992"],
    "V207 `seed` must be at most 9,007,199,254,740,991, not 9007199254740992",
  ],
  [
    "more scenes than fit into memory",
    ["format: shapes", "format: shapes, scenes: 1e12"],
    "V207 `scenes` must be at most 1,000,000, not 1000000000000",
  ],
  ["a fractional count", ["steps: 1000", "steps: 1000.5"], "V207 `steps` must be a whole number, not 1000.5"],
  ["features whose norm is always 0", ["width: 64", "width: 1"], "V207 `width` must be at least 2, not 1"],
  ["no data", ["data: world", "data: []"], "V207 `data` must be a list of at least 1, not one of 0"],
] as const)("%s is refused", (_, edit, said) => {
  const { diagnostics } = check(example(edit));
  expect(diagnostics.map(({ code, message }) => `${code} ${message}`)).toContain(said);
});

it.each([
  ["1000 / 0", "division by zero"],
  ["1e200 * 1e200", "the result is larger than any number: write a smaller one"],
  ["1000 + 3px", "bring both sides to one unit"],
])("%s is reported as not a number, and the help gives the reason", (sum, help) => {
  const { diagnostics } = check(example(["steps: 1000", `steps: ${sum}`]));
  expect(diagnostics.map((each) => [each.code, each.help])).toContainEqual(["V213", help]);
});
