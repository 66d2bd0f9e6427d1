// The picture of a model: positions of experts, routes, what heads read, and that no boxes overlap.
import { describe, expect, it, test } from "vitest";
import { planModel, type View } from "../../../compiler/front-end.js";
import { headsOn } from "../../../view/picture/model-section.js";
import { layoutOf, type ModelLayout } from "../../../view/picture/model-layout.js";
import type { Box } from "../../../view/picture/place.js";
import { specIn, specOf } from "../../support/specs.js";
import { shipped } from "./shipped.js";

function layoutsOf(file: string): ModelLayout[] {
  const spec = specOf(file);
  return [...spec.models.values()].map((model) => layoutOf(model, planModel(model), headsOn(model, spec)));
}

/** The experts of a lane by layer from the top, left to right. */
function experts(layout: ModelLayout | undefined, view: View): string[] {
  const boxes = layout?.lanes.find((lane) => lane.view === view)?.experts ?? [];
  const layers = [...new Set(boxes.map(({ layer }) => layer))].sort((a, b) => b - a);
  const named = (layer: number): string => {
    const held = boxes.filter((box) => box.layer === layer).toSorted((a, b) => a.x - b.x);
    return held.map(({ expert, tokens }) => (tokens === "all" ? expert : `${tokens} → ${expert}`)).join(", ");
  };
  return layers.map((layer) => `${layer}: ${named(layer)}`);
}

const range = (from: number, to: number): number[] => Array.from({ length: from - to + 1 }, (_, i) => from - i);

describe("experts", () => {
  it.each([
    { size: "base", layers: 12, fused: 11 },
    { size: "large", layers: 24, fused: 22 },
  ])(
    "of VLMo-$size: pairs are routed to fusion from layer $fused on, below that by modality",
    ({ size, layers, fused }) => {
      const [layout] = layoutsOf(`specs/vlmo-${size}.vlmo`);
      expect(experts(layout, "pair")).toEqual([
        ...range(layers, fused).map((layer) => `${layer}: fusion`),
        ...range(fused - 1, 1).map((layer) => `${layer}: text → language, image → vision`),
      ]);
      expect(experts(layout, "image")).toEqual(range(layers, 1).map((layer) => `${layer}: vision`));
      expect(experts(layout, "text")).toEqual(range(layers, 1).map((layer) => `${layer}: language`));
      expect(layout?.attention.map(({ layer, view }) => [layer, view])).toEqual(
        range(layers, 1)
          .toReversed()
          .map((layer) => [layer, null]),
      );
      expect(layout?.lanes.map(({ view, fused: branch }) => [view, branch !== null])).toEqual([
        ["image", true],
        ["text", true],
        ["pair", false],
      ]);
    },
  );

  it("of a standard Transformer have one colour; with attention per modality each lane has its own", () => {
    const [standard] = layoutsOf("specs/ablations/standard-transformer.vlmo");
    expect(new Set(standard?.lanes.flatMap((lane) => lane.experts.map(({ tint }) => tint)))).toEqual(
      new Set(["several"]),
    );
    const apart = layoutsOf("specs/ablations/separate-attention.vlmo").at(-1);
    const top = apart?.attention.filter(({ layer }) => layer === 12);
    expect(top?.map(({ view, tint }) => [view, tint])).toEqual([
      ["image", "image"],
      ["text", "words"],
      ["pair", "words"],
      ["pair", "image"],
    ]);
  });

  it("are labelled once per run of layers", () => {
    const [layout] = layoutsOf("specs/vlmo-base.vlmo");
    const named = layout?.lanes.flatMap(({ view, experts: boxes }) =>
      boxes.filter((box) => box.named).map((box) => `${view} ${box.layer} ${box.expert}`),
    );
    expect(named).toEqual([
      "image 12 vision",
      "text 12 language",
      "pair 10 language",
      "pair 10 vision",
      "pair 12 fusion",
    ]);
  });
});

describe("heads", () => {
  it("are above the lanes they read, those of several lanes on top", () => {
    const [layout] = layoutsOf("specs/quickstart.vlmo");
    const contrast = layout?.heads.find(({ head }) => head.name === "contrast");
    const alone = layout?.heads.filter(({ views }) => views.length === 1 && views[0] !== "pair") ?? [];
    expect(alone.length).toBe(3);
    for (const box of alone) expect(box.y).toBeGreaterThan(contrast?.y ?? Infinity);
  });

  it("that read lower layers are beside them; those on pixels have no input from the trunk", () => {
    const [layout] = layoutsOf("specs/finetune/ade20k.vlmo");
    const parsing = layout?.heads.find(({ head }) => head.name === "parsing");
    expect(parsing?.taken.map(({ layer }) => layer)).toEqual([4, 6, 8, 12]);
    const heights = parsing?.taken.map(({ points }) => points[0]?.[1] ?? 0) ?? [];
    expect(heights).toEqual(heights.toSorted((a, b) => b - a));
    const tokens = layoutsOf("specs/examples/visual-tokens.vlmo")[0]?.heads.find(
      ({ head }) => head.kind === "visual_tokenizer",
    );
    expect(tokens?.taken).toEqual([]);
  });
});

function apart(a: Box, b: Box): boolean {
  return a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y;
}

test.each(shipped)("%s: all boxes are inside the picture and none overlap", (file) => {
  for (const { width, height, lanes, attention, norm, heads } of layoutsOf(file)) {
    const boxes: Box[] = [
      norm,
      ...attention,
      ...heads,
      ...lanes.flatMap((lane) => [...lane.experts, ...lane.embeddings]),
    ];
    const outside = boxes.filter(
      (box) => box.x < 0 || box.y < 0 || box.x + box.width > width || box.y + box.height > height,
    );
    expect(outside).toEqual([]);
    expect(boxes.flatMap((box, i) => boxes.slice(i + 1).filter((other) => !apart(box, other)))).toEqual([]);
  }
});

it("a picture is drawn for a model of one modality, and for one with very many layers", () => {
  const text = (layers: number): string => `vlmo 1
model Words {
  layers: ${layers}
  width: 32
  attention { heads: 2 }
  text { tokenizer: wordpiece(vocabulary: 99), length: 8 }
  experts { language: ffn(text, ratio: 2) on all }
}
`;
  for (const layers of [1, 200]) {
    const spec = specIn(text(layers));
    const [model] = spec.models.values();
    if (model === undefined) throw new Error("no model");
    const layout = layoutOf(model, planModel(model), []);
    expect(layout.lanes.map(({ view, experts: boxes }) => [view, boxes.length])).toEqual([["text", layers]]);
    expect(layout.height).toBeLessThan(2000);
  }
});
