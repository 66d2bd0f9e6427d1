// The plan as text, and as plain data.
import { join } from "node:path";
import { expect, test } from "vitest";
import { planOf } from "../../../compiler/plan/plan.js";
import { countText } from "../../../compiler/plan/count-text.js";
import { flopsText, planText } from "../../../compiler/plan/text.js";
import { example, exampleAnd } from "../../../compiler/codes/example.js";
import { specOf } from "../check/check.js";

test("the plan of the small example prints as its fixture", async () => {
  const file = join(import.meta.dirname, "../../fixtures/plan/example.txt");
  await expect(planText(planOf(specOf(example())))).toMatchFileSnapshot(file);
});

test("the plan is plain data", () => {
  const plan = planOf(specOf(example()));
  expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
});

test.each(["144px", "128px"])("absolute positions are interpolated for an image of another size: %s", (size) => {
  const more = `model Placed extends Small { attention { position: absolute(image, text) } }
stage placed extends fusion from scratch { model: Placed }
stage larger extends placed from placed { with { image { size: ${size} } } }`;
  const plan = planOf(specOf(exampleAnd(more))).stages.find(({ name }) => name === "larger")?.handOver;
  expect(plan?.resized).toEqual([{ name: "position.image", rule: "positions interpolated" }]);
});

test.each([
  [
    "local",
    [
      {
        setting: "gather_gradient: local",
        reason: "a single process gathers no features; those of `train --devices` do",
      },
    ],
  ],
  ["global", []],
])("gather_gradient: %s in a single process, which gathers no features", (written, withoutEffect) => {
  const text = example(["learn: itc + itm", `learn: itc + itm\n  gather_gradient: ${written}`]);
  const plan = planOf(specOf(text));
  const stage = plan.stages.find(({ name }) => name === "fusion");
  expect(stage?.withoutEffect).toEqual(withoutEffect);
  expect(planText(plan).includes("gather_gradient: local has no effect: a single process")).toBe(
    withoutEffect.length > 0,
  );
});

test("every parameter of a stage is trained, frozen or unreached", () => {
  for (const stage of planOf(specOf(example())).stages) {
    const { total, carried } = stage.parameters;
    expect(stage.trained + stage.frozen + stage.unreached).toBe(total + carried);
    for (const part of stage.parts) expect(part.trained + part.frozen + part.unreached).toBe(part.parameters);
  }
});

const next = (model: string, stage: string): string =>
  exampleAnd(`${model}\nstage next extends fusion from fusion {\n  steps: 10\n  ${stage}\n}`);

const handOver = (model: string, stage: string) =>
  planOf(specOf(next(model, stage))).stages.find(({ name }) => name === "next")?.handOver;

test.each([
  { title: "the same model", model: "", stage: "", resized: [], newlyInitialised: [] },
  {
    title: "a larger image",
    model: "model Big extends Small { image { size: 96px } }",
    stage: "model: Big",
    resized: [["position.relative", "image offsets interpolated"]],
    newlyInitialised: [],
  },
  {
    title: "a shorter span",
    model: "model Far extends Small { attention { position: relative(span: 30) } }",
    stage: "model: Far",
    resized: [["position.relative", "text distances cut to 30"]],
    newlyInitialised: [],
  },
  {
    title: "a second image",
    model: "model Two extends Small { image { types: 2 } }",
    stage: "model: Two",
    resized: [["embed.type.weight", "new rows copy the first image's"]],
    newlyInitialised: [],
  },
  {
    title: "an expert on one more layer",
    model: "model More extends Small { experts { fusion: on top 2 } }",
    stage: "model: More",
    resized: [],
    newlyInitialised: ["experts.fusion"],
  },
])("$title is handed over by rule", ({ model, stage, resized, newlyInitialised }) => {
  const plan = handOver(model, stage);
  expect(plan?.resized.map(({ name, rule }) => [name, rule])).toEqual(resized);
  expect(plan?.newlyInitialised).toEqual(newlyInitialised);
});

test("a copy gives the names of its source tensors", () => {
  const plan = handOver(
    "model More extends Small { experts { fusion: on top 2 } }",
    "model: More\n  init { experts.fusion: copy(experts.vision) }",
  );
  expect(plan?.copied).toContainEqual({
    name: "layers.3.experts.fusion.fc1.weight",
    from: "layers.3.experts.vision.fc1.weight",
  });
  expect(plan?.copied.every(({ name }) => name.startsWith("layers.3."))).toBe(true);
  expect(plan?.newlyInitialised).toEqual([]);
});

test.each([
  [0, "0"],
  [999, "999"],
  [202_445_470, "202,445,470"],
])("%i is written %s", (count, text) => {
  expect(countText(count)).toBe(text);
});

test.each([
  [40.9e9, "40.9 GFLOP"],
  [2.293e12, "2.29 TFLOP"],
  [5.4e6, "5.40 MFLOP"],
])("%d operations are written %s", (count, text) => {
  expect(flopsText(count)).toBe(text);
});

test("a stage initialised from a file shows the file, what is newly initialised and what may be resized", () => {
  const text = planText(
    planOf(
      specOf(
        exampleAnd(`finetune tuned from checkpoint("base.pt", layout: vlmo) { resize: [relative_table, types], fresh: pooler } {
  model: Small
  data: world
  learn: itc
  batch: 8
  steps: 10
  optimizer: adamw(lr: 1e-3)
}`),
      ),
    ),
  );
  expect(text).toContain(
    "  from the file base.pt (layout vlmo)\n    newly initialised: pooler\n    may be resized by: relative_table, types\n",
  );
});

test("copies are shown by part, rows by their indices", () => {
  const more = `data truths: statements { format: shapes, seed: 1, images: 2 }
head same: compare(pair[1].pooled, pair[2].pooled)
stage next extends fusion from fusion {
  data: truths
  learn: same
  with { image { types: 2 } }
  init { embed.type[3]: copy(embed.type[2]) }
}`;
  const init = "learn: itc + itm\n  init { experts.fusion: copy(experts.vision) }";
  const text = planText(planOf(specOf(exampleAnd(more, ["learn: itc + itm", init]))));
  expect(text.match(/^ +.*copied from.*$/gm)).toEqual([
    "    experts.fusion in layer 4: copied from experts.vision",
    "    embed.type.weight[3]: copied from embed.type.weight[2]",
  ]);
});

test("the second forward pass of `cached: true` counts in the FLOPs of a step", () => {
  const divided = [
    "learn: itc + itm\n  batch: 32",
    "learn: itc + itm\n  batch: 32\n  micro: 8\n  cached: true",
  ] as const;
  const [whole, cached] = [example(), example(divided)].map((text) => {
    const stage = planOf(specOf(text)).stages.find(({ name }) => name === "fusion");
    return { step: stage?.flopsStep ?? 0, towers: stage?.views.filter(({ view }) => view !== "pair") ?? [] };
  });
  const towers = (whole?.towers ?? []).reduce((sum, { flops }) => sum + flops, 0);
  const projections = 2 * 2 * 64 * 64;
  const scores = (cached?.step ?? 0) - (whole?.step ?? 0) - 32 * (towers + projections);
  expect(scores).toBeGreaterThanOrEqual(0);
  expect(scores).toBeLessThan(0.01 * (whole?.step ?? 0));
});
