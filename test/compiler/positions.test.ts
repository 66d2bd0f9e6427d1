// What holds of every kind of positions, whatever it is.
import { expect, test } from "vitest";
import { parametersOf, positionRuleOf, reachOf, resizeRuleOf, type ModelSpec } from "../../compiler/index.js";
import { positions } from "../../compiler/positions/index.js";
import type { PositionTables } from "../../compiler/positions/position.js";
import { exampleAnd } from "../../compiler/codes/example.js";
import { specOf } from "./check/check.js";

/** Each kind as short as it may be, and with each of its arguments. */
const rows: Readonly<Record<keyof typeof positions, readonly string[]>> = {
  relative: ["relative", "relative(span: 30)", "relative(table: per_layer)"],
  absolute: ["absolute", "absolute(text)", "absolute(image)", "absolute(resize: tile)"],
  none: ["none"],
};

const written = Object.values(rows).flat();

function modelWith(position: string): ModelSpec {
  const model = specOf(exampleAnd(`model Placed extends Small { attention { position: ${position} } }`)).models.get(
    "Placed",
  );
  if (model === undefined) throw new Error("no model");
  return model;
}

test.each(written)("%s is shown as it can be written", (text) => {
  const { position } = modelWith(text).attention;
  const shown = positionRuleOf(position).text(position);
  expect(modelWith(shown).attention.position).toEqual(position);
});

test.each(written)("what a model with %s holds is in its tables, which hand-over and checkpoints read", (text) => {
  const { attention } = modelWith(text);
  const { tables } = positionRuleOf(attention.position);
  const held = parametersOf(modelWith(text), []).filter(({ role }) => role.part === "position");
  expect(held.filter(({ name }) => resizeRuleOf(name) !== tables[name]?.rule)).toEqual([]);
});

test.each(written)("a pair reaches every table of %s", (text) => {
  const more = `model Placed extends Small { attention { position: ${text} } }
head right: classify(pair.cls) { classes: 2 }`;
  const spec = specOf(exampleAnd(more));
  const [model, head] = [spec.models.get("Placed"), spec.heads.get("right")];
  if (model === undefined || head === undefined) throw new Error("no model");
  const tables = parametersOf(model, []).filter(({ role }) => role.part === "position");
  const reached = reachOf(model, [head], head);
  expect(tables.filter(({ name }) => !reached.has(name))).toEqual([]);
});

test("tables of one name are one table", () => {
  const all = Object.values(positions).map(({ tables }): PositionTables => tables);
  const names = new Set(all.flatMap((tables) => Object.keys(tables)));
  const several = [...names].filter((name) => new Set(all.flatMap((tables) => tables[name] ?? [])).size > 1);
  expect(several).toEqual([]);
});
