// Every shipped specification runs: all stages scaled down, with hand-over, checkpoints and evaluations.
import { readFileSync } from "node:fs";
import { readdirSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { engines, type Engine } from "../../runtime/engines/index.js";
import { checkFile } from "../../runtime/specs/check-file.js";
import { ownStages } from "../../runtime/specs/stages.js";
import { createRehearsals, type Rehearsals } from "../../runtime/rehearse/rehearse.js";
import { narrowSpec, withPredecessors } from "../../compiler/index.js";
import { oneOf } from "../support/long.js";
import { specIn, specOf } from "../support/specs.js";

let engine: Engine;
let rehearsals: Rehearsals;
beforeAll(async () => {
  engine = await engines.ort({ threads: 1, backend: null });
  rehearsals = await createRehearsals();
});
afterAll(async () => {
  engine.dispose();
  await rehearsals.close();
});

const files = readdirSync("specs", { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".vlmo"))
  .map((name) => `specs/${name}`)
  .toSorted();

async function rehearsed(file: string, steps: number) {
  const { spec } = checkFile(file, []);
  if (spec === null) throw new Error(`${file} has errors`);
  const own = ownStages(spec, file);
  // A few of the variants of specs/ablations/small.vlmo represent all.
  const stages = withPredecessors(spec, own.length > 12 ? oneOf(24, own) : own).map(({ name }) => name);
  const done = (): void => undefined;
  return rehearsals.rehearse({ spec, file, stages, width: 24, steps, engine, threads: 1, version: "test", done });
}

/** The specification whose first stage is stopped and resumed, which needs two steps. */
const stopped = "specs/quickstart.vlmo";
const stepsOf = (file: string): number => (file === stopped ? 2 : 1);

test.each(files)("%s runs from its first stage to its last", { timeout: 300_000 }, async (file) => {
  for (const { last, stage } of await rehearsed(file, stepsOf(file))) {
    expect(last.step, stage.name).toBe(stepsOf(file));
    for (const loss of last.losses.values()) expect(Number.isFinite(loss), stage.name).toBe(true);
  }
});

test("a rehearsed stage is not run again, unless its length differs", async () => {
  const file = "specs/examples/masked-words.vlmo";
  const told = async (steps: number) => (await rehearsed(file, steps)).map(({ stage, before }) => [stage.name, before]);
  expect(await told(2)).toEqual([["read", null]]);
  expect(await told(2)).toEqual([["read", file]]);
});

test("the first stage is stopped and resumed, and its evaluations are run", async () => {
  const stages = await rehearsed(stopped, stepsOf(stopped));
  expect(stages.map(({ stage, resumed }) => [stage.name, resumed])).toEqual([
    ["vision", true],
    ["labels", false],
    ["language", false],
    ["align", false],
    ["find_words", false],
    ["pairs", false],
    ["claims_stage", false],
  ]);
  expect(new Set(stages.flatMap(({ evaluations }) => evaluations.map(({ name }) => name)))).toEqual(
    new Set(["retrieval", "words_in_pairs", "statements"]),
  );
}, 120_000);

test.each([
  { what: "in proportion", width: 32, hidden: 32, wanted: 16 },
  { what: "at most twice as wide as its narrowed model", width: 48, hidden: 512, wanted: 96 },
])("a narrowed head is $what", ({ width, hidden, wanted }) => {
  const text = readFileSync("specs/examples/segmentation.vlmo", "utf8").replace("hidden: 32", `hidden: ${hidden}`);
  const head = narrowSpec(specIn(text), { width, steps: 3 }).heads.get("parts");
  expect(head).toMatchObject({ kind: "segment", hidden: wanted });
});

test("a narrowed model keeps its experts, trained parts and predecessors of stages", () => {
  const base = specOf("specs/vlmo-base.vlmo");
  const small = narrowSpec(base, { width: 48, steps: 3 });
  const fusion = small.stages.get("fusion");
  expect(fusion?.model.layers).toBe(4);
  expect(fusion?.model.experts.map(({ name, layers }) => [name, layers])).toEqual([
    ["vision", [1, 2, 3, 4]],
    ["language", [1, 2, 3, 4]],
    ["fusion", [3, 4]],
  ]);
  expect([fusion?.batch, fusion?.micro, fusion?.cached]).toEqual([8, 4, true]);
  const language = small.stages.get("language");
  expect([...(language?.trained ?? [])].some((name) => name.includes("attention"))).toBe(false);
  expect([...(language?.frozen ?? [])].some((name) => name.includes("layers.4.attention"))).toBe(true);
  expect(fusion?.from).toEqual(base.stages.get("fusion")?.from);
});
