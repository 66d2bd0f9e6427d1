// Learning-rate factors: by selector, and by layer.
import { expect, test } from "vitest";
import { stageOf, specOf } from "../check.js";

const factors = (optimizer: string): ReadonlyMap<string, number> =>
  stageOf(
    specOf(`vlmo 1
model M {
  layers: 3, width: 16
  attention { heads: 2 }
  image { size: 32px }
  experts { v: ffn(image) on all }
}
data d: labelled_images { format: folder, images: "images", items: 100 }
head c: classify(image.cls) { classes: 3 }
stage s { model: M, data: d, learn: c, batch: 8, steps: 1, optimizer: adamw(lr: 1e-3${optimizer}) }`),
    "s",
  ).optimizer.factors;

test.each([
  ["embed.image.patch.weight", 0.5 ** 4],
  ["embed.image.cls", 0.5 ** 4],
  ["layers.1.attention.qkv.weight", 0.5 ** 3],
  ["layers.2.experts.v.fc1.weight", 0.5 ** 2],
  ["layers.3.norm1.weight", 0.5],
  ["position.relative", undefined],
  ["final_norm.weight", undefined],
  ["heads.c.fc2.weight", undefined],
])("with `layer_decay: 0.5` in three layers the learning rate of %s is scaled by %s", (name, factor) => {
  expect(factors(", layer_decay: 0.5").get(name)).toBe(factor);
});

test("without `layer_decay` all learning rates are equal", () => {
  expect(factors("").size).toBe(0);
});

test("factors by selector and by layer multiply", () => {
  const both = factors(", layer_decay: 0.5, factors: { heads.c: 20x, attention[3]: 4x }");
  expect(both.get("heads.c.fc2.weight")).toBe(20);
  expect(both.get("layers.3.attention.qkv.weight")).toBe(2);
});
