// Pictures of stages and their order: parts that are trained, frozen, unreached, newly initialised or copied.
import { describe, expect, it } from "vitest";
import { cellsOf, doingOf } from "../../../view/picture/cells.js";
import { treeOf } from "../../../view/picture/order.js";
import { stageLayout } from "../../../view/picture/stage-drawing.js";
import { specIn, specOf, stageOf } from "../../support/specs.js";

/** `PART: state`, in runs of layers. */
function doings(file: string, stage: string): string[] {
  const spec = specOf(file);
  const cells = cellsOf(stageOf(spec, stage), spec);
  const parts = [...new Set(cells.map(({ part }) => part))];
  return parts.map((part) => {
    const own = cells.filter((cell) => cell.part === part);
    const said = own.map((cell) =>
      [doingOf(cell), ...(cell.isNew ? ["new"] : []), ...(cell.isCopied ? ["copied"] : [])].join(" "),
    );
    return `${part}: ${[...new Set(said)].join(", ")}${own.length === 1 ? "" : ` in ${own.length}`}`;
  });
}

describe("the cells of a stage", () => {
  it("of the text stage: attention is frozen, language is trained, images are unreached", () => {
    expect(doings("specs/vlmo-base.vlmo", "language")).toEqual([
      "embed.image: unreached",
      "embed.text: partly",
      "embed.type: trained",
      "position: trained",
      "attention: frozen in 12",
      "experts.vision: unreached in 12",
      "experts.language: trained in 12",
      "final_norm: trained",
      "pooler: unreached",
      "heads.mim: unreached",
      "heads.text_mlm: trained new",
    ]);
  });

  it("of the pair stage: everything is trained, and the fusion experts of the top two layers are newly initialised", () => {
    const said = doings("specs/vlmo-base.vlmo", "fusion");
    expect(said).toContain("experts.fusion: trained new in 2");
    expect(said).toContain("attention: trained in 12");
    expect(said).toContain("heads.itc: trained new");
  });

  it("of a stage for two images: the second type embedding is copied from the first", () => {
    expect(doings("specs/finetune/nlvr2.vlmo", "nlvr2_base")).toContain("embed.type: trained copied");
  });

  it("are filled to the trained share: half of attention per modality in an image stage", () => {
    const spec = specOf("specs/ablations/separate-attention.vlmo");
    const cells = cellsOf(stageOf(spec, "vision_separate"), spec).filter(({ part }) => part === "attention");
    expect(cells.length).toBe(12);
    for (const { trained, parameters } of cells) expect(trained / parameters).toBeCloseTo(0.5, 2);
  });

  it("have a column per part with layers and a row per layer", () => {
    const spec = specOf("specs/vlmo-base.vlmo");
    const { cells, width, height } = stageLayout(stageOf(spec, "fusion"), spec);
    const layered = cells.filter(({ layer }) => layer !== null);
    expect(new Set(layered.map(({ x }) => x)).size).toBe(4);
    expect(new Set(layered.map(({ y }) => y)).size).toBe(12);
    const top = Math.min(...layered.map(({ y }) => y));
    expect(layered.filter(({ y }) => y === top).map(({ layer }) => layer)).toEqual([12, 12, 12, 12]);
    expect(cells.filter((cell) => cell.x + cell.width > width || cell.y + cell.height > height)).toEqual([]);
  });
});

describe("the order of stages", () => {
  it("is a chain if each comes from the one before", () => {
    const tree = treeOf(specOf("specs/quickstart.vlmo").stages);
    expect(tree.map(({ stage, depth, follows }) => [stage.name, depth, follows])).toEqual([
      ["vision", 0, false],
      ["labels", 0, true],
      ["language", 0, true],
      ["align", 0, true],
      ["find_words", 0, true],
      ["pairs", 0, true],
      ["claims_stage", 0, true],
    ]);
  });

  it("is indented at branches, and each branch is shown to its end", () => {
    const stage = (name: string, from: string): string => `
stage ${name}${from} {
  model: M
  data: some
  learn: kind
  train: all
  batch: 4
  steps: 1
  optimizer: adamw(lr: 1e-3)
}`;
    const spec = specIn(`vlmo 1
model M {
  layers: 1
  width: 8
  attention { heads: 2 }
  image { size: 8px, patch: 4px }
  experts { vision: ffn(image, ratio: 2) on all }
}
data some: labelled_images { format: shapes, seed: 1 }
head kind: classify(image.cls) { classes: 28 }
${stage("first", "")}${stage("left", " from first")}${stage("right", " from first")}${stage("further", " from left")}
`);
    expect(treeOf(spec.stages).map(({ stage: { name }, depth, follows }) => [name, depth, follows])).toEqual([
      ["first", 0, false],
      ["left", 1, true],
      ["further", 1, true],
      ["right", 1, false],
    ]);
  });
});
