// Placements and routing: the expert of each view and layer.
import { describe, expect, test } from "vitest";
import { expertFor, fusedFrom, layersOf } from "../../../compiler/spec/routing.js";
import { modelOf, specOf } from "../check/check.js";

const model = (experts: string) =>
  modelOf(
    specOf(`vlmo 1
model M {
  layers: 4, width: 16
  attention { heads: 2 }
  image { size: 32px }
  text { tokenizer: wordpiece(vocabulary: 50) }
  experts { ${experts} }
}`),
    "M",
  );

const routes = (experts: string, view: "image" | "text" | "pair"): string[] => {
  const checked = model(experts);
  return layersOf(checked).map((layer) => {
    const { text, image } = expertFor(checked, view, layer);
    return `${text?.name ?? "-"}/${image?.name ?? "-"}`;
  });
};

const three = "v: ffn(image) on all, l: ffn(text) on all, f: ffn(pair) on top 2";

test.each([
  ["pair", three, ["l/v", "l/v", "f/f", "f/f"]],
  ["image", three, ["-/v", "-/v", "-/v", "-/v"]],
  ["text", three, ["l/-", "l/-", "l/-", "l/-"]],
  ["pair", "one: ffn(image, text, pair)", ["one/one", "one/one", "one/one", "one/one"]],
  ["pair", "v: ffn(image) on bottom 2, l: ffn(text) on bottom 2, f: ffn(pair) on top 2", ["l/v", "l/v", "f/f", "f/f"]],
  ["text", "v: ffn(image) on bottom 2, l: ffn(text) on bottom 2, f: ffn(pair) on top 2", ["l/-", "l/-", "-/-", "-/-"]],
] as const)("a %s is routed through %s", (view, experts, wanted) => {
  expect(routes(experts, view)).toEqual(wanted);
});

describe("placements", () => {
  test.each([
    ["all", [1, 2, 3, 4]],
    ["none", []],
    ["top 2", [3, 4]],
    ["bottom 1", [1]],
    ["layers 2..3", [2, 3]],
    ["layers [1, 3..4]", [1, 3, 4]],
    ["layers 2", [2]],
    ["all - top 1", [1, 2, 3]],
    ["bottom 1 + top 1", [1, 4]],
    ["all - layers [2] - top 1", [1, 3]],
    ["top 0", []],
  ])("on %s", (place, layers) => {
    expect(model(`v: ffn(image) on ${place}`).experts[0]?.layers).toEqual(layers);
  });
});

test.each([
  ["top 2", 3],
  ["all", 1],
  ["layers [1, 4]", null],
  ["layers 2..3", null],
  ["none", null],
])("with pair experts on %s a fused contrast reads the trunk at layer %s", (place, from) => {
  expect(fusedFrom(model(`f: ffn(pair) on ${place}`))).toBe(from);
});
