// The passes on the programs of a real stage: the same numbers in float64, for less work.
import { expect, test } from "vitest";
import { buildForward, buildGradient, buildStep, topological, type Program } from "../../../compiler/index.js";
import { flops } from "../../../compiler/passes/flops.js";
import { forwardPasses, programPasses } from "../../../compiler/passes/index.js";
import { createReference } from "../../../runtime/engines/reference.js";
import { evaluate, expectClose } from "../../support/evaluate.js";
import { pairStage, tensorsFor, type StageOptions } from "./pair-stage.js";

const engine = createReference();
const all = new Set([...forwardPasses, ...programPasses].map(({ name }) => name));
const sizes = { batch: 3, capacity: new Map([["mlm", 4]]) };

const stages: readonly [string, StageOptions][] = [
  ["a fusion expert on the last layer", {}],
  ["fusion experts on the last two of three layers", { fusionFrom: 2 }],
  ["no fusion expert, so that text and image part in every layer", { fusionFrom: 9 }],
  ["one layer, first and last at once", { layers: 1, fusionFrom: 1 }],
  ["absolute positions and a decoder of its own", { position: "absolute", decoder: "free", layers: 2 }],
  ["drop-path", { dropPath: 0.2, layers: 2 }],
  ["a contrast through the pair experts", { fused: true, layers: 2 }],
];

test.each(stages)("a step with %s gives the same numbers with and without passes", async (_, options) => {
  const stage = pairStage(options);
  const [plain, passed] = [buildStep(stage, sizes, all), buildStep(stage, sizes)];
  expect(flops(passed.graph)).toBeLessThan(flops(plain.graph));
  await expectSame(plain, passed, stage);
});

async function expectSame(plain: Program, passed: Program, stage: ReturnType<typeof pairStage>): Promise<void> {
  const tensors = tensorsFor(plain, stage);
  const [wanted, got] = [
    await evaluate(engine, plain.graph, tensors),
    await evaluate(engine, passed.graph, tensors),
  ];
  expect([...got.keys()]).toEqual([...wanted.keys()]);
  for (const [name, tensor] of wanted) {
    try { expectClose(got.get(name), tensor, { absolute: 1e-13, relative: 1e-12 }); } catch (e) { console.log(name, String(e)); throw e; }
  }
}
test("x", () => {
  const stage = pairStage();
  for (const p of all) { const g = buildStep(stage, sizes, new Set([p])).graph; console.log(p, flops(g), topological(g.outputs.values()).length); }
  const g = buildStep(stage, sizes).graph; console.log("all", flops(g), topological(g.outputs.values()).length, g.donations.size);
  const h = buildStep(stage, sizes, all).graph; console.log("none", flops(h), topological(h.outputs.values()).length);
});
