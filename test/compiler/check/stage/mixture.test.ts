// Data of a stage mixed by weights, in the checked specification.
import { expect, test } from "vitest";
import { exampleAnd } from "../../../../compiler/codes/example.js";
import { planOf } from "../../../../compiler/plan/plan.js";
import { planText } from "../../../../compiler/plan/text.js";
import { check } from "../check.js";

const more = "data more: pairs { format: shapes, seed: 2, items: 100 }";

test.each<[written: string, data: string[], weights: number[] | null]>([
  ["world", ["world"], null],
  ["[world, more]", ["world", "more"], null],
  ["mix(world: 3, more: 1)", ["world", "more"], [3, 1]],
  ["mix(more: 25%, world: 0.75)", ["more", "world"], [0.25, 0.75]],
  ["mix(world: share, more: 1)", ["world", "more"], [2.5, 1]],
])("`data: %s` gives the parts and weights written", (written, data, weights) => {
  const { spec, diagnostics } = check(
    exampleAnd(`param share: real = 2.5\n${more}\nstage mixed extends fusion { data: ${written} }`),
  );
  expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
  const stage = spec?.stages.get("mixed");
  expect([stage?.data.map(({ name }) => name), stage?.weights]).toEqual([data, weights]);
});

test("a mixture is inherited as a whole and planned with its shares", () => {
  const { spec } = check(
    exampleAnd(`${more}\nstage mixed extends fusion { data: mix(world: 3, more: 1) }\nstage again extends mixed {}`),
  );
  const again = spec?.stages.get("again");
  expect(again?.weights).toEqual([3, 1]);
  if (spec === null) throw new Error("the specification has mistakes");
  expect(planText(planOf(spec))).toContain("stage again: Small on 75% world, 25% more, learns itc + itm");
});
