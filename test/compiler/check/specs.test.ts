// The shipped specs have no diagnostics, and their sizes are those of the original's checkpoints.
import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { planOf, type StagePlan } from "../../../compiler/plan/plan.js";
import { countText } from "../../../compiler/plan/count-text.js";
import { flopsText } from "../../../compiler/plan/text.js";
import { createSource, formatSource } from "../../../grammar/index.js";
import { checkShipped, folder, shipped } from "./shipped.js";

function stagePlan(file: string, stage: string, set: readonly string[] = []): StagePlan {
  const { spec } = checkShipped(file, set);
  const plan = spec === null ? undefined : planOf(spec).stages.find(({ name }) => name === stage);
  if (plan === undefined) throw new Error(`${file} has no checked stage ${stage}`);
  return plan;
}

test.each(shipped)("%s has no diagnostics", (name) => {
  expect(checkShipped(name).diagnostics.map(({ code, message }) => `${code} ${message}`)).toEqual([]);
});

test.each(shipped)("%s is canonical (`vlmo fmt specs` makes it so)", (name) => {
  const text = readFileSync(path.join(folder, name), "utf8");
  expect(text).toBe(formatSource(createSource(name, text)).text);
});

test.each(shipped)("%s refers to no data outside its folder", (name) => {
  const settings = [...(checkShipped(name).spec?.data.values() ?? [])].map((data) => JSON.stringify(data.settings));
  expect(settings.filter((each) => /"(\/|[^"]*\.\.\/)/.test(each))).toEqual([]);
});

const paper = shipped.filter((file) => /^(vlmo-|finetune\/(?!data)|ablations\/)/.test(file));

test.each(paper)("%s states its defining properties in `expect` blocks", (name) => {
  const { expectations } = checkShipped(name);
  expect(expectations.length).toBeGreaterThan(0);
  expect(expectations.flatMap(({ failures }) => failures.map(({ message }) => message))).toEqual([]);
});

test("every stage of the paper's specs has the sizes of the summary", async () => {
  const golden = path.join(import.meta.dirname, "../../fixtures/plan/specs.txt");
  const lines = paper.flatMap((file) => [file, ...ownStages(file).map(summary), ""]);
  await expect(lines.join("\n")).toMatchFileSnapshot(golden);
});

/** Plans of the stages declared in the file itself. */
function ownStages(file: string): StagePlan[] {
  const { spec } = checkShipped(file);
  if (spec === null) throw new Error(`${file} has mistakes`);
  const own = [...spec.stages.values()].filter((stage) => stage.span.file.path === file);
  return planOf(spec).stages.filter(({ name }) => own.some((stage) => stage.name === name));
}

/** A stage in two lines: what it trains, and its sizes and cost. */
function summary({ name, model, learn, data, handOver, ...stage }: StagePlan): string {
  const heads = learn.map(({ head, weight }) => (weight === 1 ? head : `${weight} * ${head}`)).join(" + ");
  const { total } = stage.parameters;
  const counts = [total, stage.trained, stage.frozen, stage.unreached].map(countText);
  const tokens = stage.views.map((view) => `${view.view} ${view.tokens}`).join(", ");
  return [
    `  ${name}: ${model} from ${handOver?.from ?? "scratch"} learns ${heads} on ${data.join(", ")}`,
    `    ${stage.duration.value} ${stage.duration.unit} of ${stage.batch}; parameters ${counts.join(" | ")}; tokens ${tokens}; ${flopsText(stage.flops)}`,
  ].join("\n");
}

test.each([
  ["vlmo-base.vlmo", "fusion", 202_445_470],
  ["vlmo-large.vlmo", "fusion_large", 599_127_102],
  ["vlmo-base-plus.vlmo", "fusion_plus", 184_980_734],
  ["parity.vlmo", "pairs_stage", 122_567],
  ["parity.vlmo", "vqa_stage", 117_361],
  ["parity.vlmo", "nlvr2_stage", 118_466],
  ["parity.vlmo", "pairs_plus", 121_351],
  ["parity.vlmo", "vqa_plus", 116_145],
  ["parity.vlmo", "nlvr2_plus", 117_250],
])("%s: stage %s has as many parameters as the original's checkpoint", (file, stage, total) => {
  expect(stagePlan(file, stage).parameters.total).toBe(total);
});

test("the trunks have the parameter counts of the paper, 175M and 562M", () => {
  expect(stagePlan("vlmo-base.vlmo", "fusion").parameters.trunk).toBe(176_021_088);
  expect(stagePlan("vlmo-large.vlmo", "fusion_large").parameters.trunk).toBe(562_594_048);
});

test("training VLMo-Base costs 663 GFLOP per pair, three times its forward pass", () => {
  expect((3 * stagePlan("vlmo-base.vlmo", "fusion").flops) / 1e9).toBeCloseTo(663, -1);
  expect((3 * stagePlan("vlmo-base.vlmo", "language").flops) / 1e9).toBeCloseTo(132, -1);
});

test("the text stage freezes and trains the parameters of the original's list", () => {
  const { spec } = checkShipped("vlmo-base.vlmo");
  const stage = spec?.stages.get("language");
  expect(stage?.frozen).toContain("layers.1.attention.qkv.weight");
  expect(stage?.unreached).toContain("layers.1.experts.vision.fc1.weight");
  expect(
    [...(stage?.trained ?? [])]
      .map((name) => name.replace(/\d+/, "N"))
      .filter((name, i, all) => all.indexOf(name) === i),
  ).toEqual([
    "embed.text.word.weight",
    "embed.text.types.weight",
    "embed.text.norm.weight",
    "embed.text.norm.bias",
    "embed.type.weight",
    "position.relative",
    "layers.N.experts.language.norm.weight",
    "layers.N.experts.language.norm.bias",
    "layers.N.experts.language.fc1.weight",
    "layers.N.experts.language.fc1.bias",
    "layers.N.experts.language.fc2.weight",
    "layers.N.experts.language.fc2.bias",
    "final_norm.weight",
    "final_norm.bias",
    "heads.text_mlm.transform.weight",
    "heads.text_mlm.transform.bias",
    "heads.text_mlm.norm.weight",
    "heads.text_mlm.norm.bias",
    "heads.text_mlm.decoder.weight",
    "heads.text_mlm.decoder.bias",
  ]);
});

test("sizes of the parity spec follow `--set`", () => {
  const plan = stagePlan("parity.vlmo", "pairs_stage", ["width=64", "layers=6", "fused_layers=3"]);
  expect(plan.views.find(({ view }) => view === "pair")?.routes).toEqual([
    { layers: [1, 3], text: "language", image: "vision" },
    { layers: [4, 6], text: "fusion", image: "fusion" },
  ]);
});
