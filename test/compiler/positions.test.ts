// Properties of every kind of positions.
import { expect, test } from "vitest";
import {
  buildForward,
  parametersOf,
  positionRuleOf,
  reachOf,
  resizeRuleOf,
  type ModelSpec,
} from "../../compiler/index.js";
import { positions } from "../../compiler/positions/index.js";
import type { PositionTables } from "../../compiler/positions/position.js";
import { exampleAnd } from "../../compiler/codes/example.js";
import { topological } from "../../compiler/ir/graph.js";
import { check, specOf } from "./check/check.js";

/** Each kind in its shortest form, and with each of its arguments. */
const rows: Readonly<Record<keyof typeof positions, readonly string[]>> = {
  relative: ["relative", "relative(span: 30)", "relative(table: per_layer)"],
  absolute: ["absolute", "absolute(text)", "absolute(image)"],
  sincos: ["sincos"],
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

test.each(written)("%s is shown in the notation of the language", (text) => {
  const { position } = modelWith(text).attention;
  const shown = positionRuleOf(position).text(position);
  expect(modelWith(shown).attention.position).toEqual(position);
});

test.each(written)(
  "the position parameters of a model with %s are its tables, as hand-over and checkpoints read them",
  (text) => {
    const { attention } = modelWith(text);
    const { tables } = positionRuleOf(attention.position);
    const held = parametersOf(modelWith(text), []).filter(({ role }) => role.part === "position");
    expect(held.filter(({ name }) => resizeRuleOf(name) !== tables[name]?.rule)).toEqual([]);
  },
);

test.each(written)("a pair view reaches every table of %s", (text) => {
  const more = `model Placed extends Small { attention { position: ${text} } }
head right: classify(pair.cls) { classes: 2 }`;
  const spec = specOf(exampleAnd(more));
  const [model, head] = [spec.models.get("Placed"), spec.heads.get("right")];
  if (model === undefined || head === undefined) throw new Error("no model");
  const tables = parametersOf(model, []).filter(({ role }) => role.part === "position");
  const reached = reachOf(model, [head], head);
  expect(tables.filter(({ name }) => !reached.has(name))).toEqual([]);
});

test("sincos is MAE's: sines and cosines of a patch's column, then of its row; zeros for the class token", () => {
  const more = `model Placed extends Small { width: 8, attention { heads: 2, position: sincos }, image { size: 4px, patch: 2px } }
head right: classify(image.cls) { classes: 28 }
data labels: labelled_images { format: shapes }
stage placed extends language { model: Placed, data: labels, learn: right }`;
  const stage = specOf(exampleAnd(more)).stages.get("placed");
  if (stage === undefined) throw new Error("no stage");
  const { graph } = buildForward(stage, { batch: 1, capacity: new Map() });
  const tables = topological(graph.outputs.values()).map(({ attributes }) => attributes["data"]);
  // 10000 ** (i / (8 / 4)) for i = 0, 1 is 1 and 100.
  const [none, first] = [[0, 0, 1, 1], [Math.sin(1), Math.sin(0.01), Math.cos(1), Math.cos(0.01)]]; // prettier-ignore
  const wanted = [Array<number>(8).fill(0), [...none, ...none], [...first, ...none], [...none, ...first], [...first, ...first]]; // prettier-ignore
  expect(tables).toContainEqual(Float32Array.from(wanted.flat()));
});

test.each([
  ["width: 66, attention { heads: 2, position: sincos }", ["V207"]],
  ["width: 66, attention { heads: 2, position: none }", []],
  ["width: 68, attention { heads: 2, position: sincos }", []],
])("sines and cosines of two axes need a width divisible by 4: %s", (keys, codes) => {
  const text = exampleAnd(`model Placed extends Small { ${keys} }`);
  expect(check(text).diagnostics.map(({ code }) => code)).toEqual(codes);
});

test("tables with one name are one table", () => {
  const all = Object.values(positions).map(({ tables }): PositionTables => tables);
  const names = new Set(all.flatMap((tables) => Object.keys(tables)));
  const several = [...names].filter((name) => new Set(all.flatMap((tables) => tables[name] ?? [])).size > 1);
  expect(several).toEqual([]);
});
