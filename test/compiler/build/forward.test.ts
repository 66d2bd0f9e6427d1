// Features returned by a forward program belong to the image that the head reads.
import { expect, test } from "vitest";
import { buildForward, checkSpec } from "../../../compiler/index.js";
import { topological } from "../../../compiler/ir/graph.js";
import { stageOf } from "../../support/specs.js";

const specWith = (feature: string): string => `vlmo 1
model Tiny {
  layers: 2
  width: 8
  attention { heads: 2, position: absolute(image, text) }
  image { size: 8px, patch: 4px, types: 2 }
  text { tokenizer: wordpiece(vocabulary: 20), length: 6 }
  experts { vision: ffn(image, ratio: 2) on all, language: ffn(text, ratio: 2) on all, fusion: ffn(pair, ratio: 2) on top 1 }
}
data truths: statements { format: shapes, items: 40, images: 2 }
head truth: classify(${feature}) { classes: 2 }
stage two {
  model: Tiny
  data: truths
  learn: truth
  train: all
  batch: 4
  steps: 2
  optimizer: adamw(lr: 1e-3)
  schedule: linear(warmup: 1 steps)
}
`;

test.each([
  { feature: "pair[1].pooled", image: "image_0" },
  { feature: "pair[2].pooled", image: "image_1" },
])("all features of `$feature` are those of $image", ({ feature, image }) => {
  const { spec, diagnostics } = checkSpec("two.vlmo", { read: () => specWith(feature), resolvePath: (_, to) => to });
  if (spec === null) throw new Error(JSON.stringify(diagnostics, null, 1));
  const { graph } = buildForward(stageOf(spec, "two"), { batch: 4, capacity: new Map() });
  const images = new Map(graph.inputs.filter(({ name }) => name.startsWith("image")).map(({ name, value }) => [value.node, name])); // prettier-ignore
  const features = [...graph.outputs].filter(([name]) => name.startsWith("pair."));
  expect(features.map(([name]) => name)).toEqual(expect.arrayContaining(["pair.pooled", "pair.cls", "pair.embedded", "pair.layer.1"])); // prettier-ignore
  for (const [name, value] of features) {
    const read = topological([value]).flatMap((node) => images.get(node) ?? []);
    expect(read, name).toEqual([image]);
  }
});
