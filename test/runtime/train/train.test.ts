import { cp, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { readCheckpoint } from "../../../runtime/checkpoint/index.js";
import { engines } from "../../../runtime/engines/index.js";
import type { Tensors } from "../../../runtime/tensor.js";
import { stateNames } from "../../../compiler/index.js";
import type { EvaluationEvent, Listener, StepEvent } from "../../../runtime/train/listener.js";
import { train } from "../../../runtime/train/train.js";
import type { TrainResult } from "../../../runtime/train/run.js";
import { specOf, stageOf } from "../../support/specs.js";

const tiny = "test/fixtures/models/tiny.vlmo";
let folder = "";
/** Every stage, uninterrupted. */
let whole: TrainResult & Seen;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "vlmo-train-"));
  whole = await run({ out: "whole" });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Seen {
  readonly steps: StepEvent[];
  readonly evaluations: EvaluationEvent[];
}

interface RunOptions {
  readonly out: string;
  readonly stages?: readonly string[];
  readonly set?: readonly string[];
  readonly resume?: boolean;
  /** Options of the trained stages only. */
  readonly micro?: number;
  /** A precision of the reference engine, which then replaces `ort`. */
  readonly precision?: "float32" | "bfloat16";
  /** Stops after this many steps of all stages. */
  readonly stopAfter?: number;
}

async function run(options: RunOptions): Promise<TrainResult & Seen> {
  const spec = specOf(tiny, options.set ?? []);
  const { precision } = options;
  const engine = await engines[precision === undefined ? "ort" : "reference"]({
    threads: 1,
    backend: null,
    ...(precision !== undefined && { precision }),
  });
  const abort = new AbortController();
  const seen: Seen = { steps: [], evaluations: [] };
  const nothing = (): void => undefined;
  const listener: Listener = {
    preparing: nothing,
    noticed: nothing,
    stageStart: nothing,
    saved: nothing,
    stageEnd: nothing,
    step: (event) => {
      seen.steps.push(event);
      if (seen.steps.length === options.stopAfter) abort.abort();
    },
    evaluated: (event) => void seen.evaluations.push(event),
  };
  const stages = [...spec.stages.values()]
    .filter(({ name }) => options.stages?.includes(name) ?? true)
    .map((stage) => ({ ...stage, micro: options.micro ?? stage.micro }));
  try {
    const out = join(folder, options.out);
    const result = await train({
      spec,
      file: tiny,
      stages,
      engine,
      threads: 1,
      out,
      resume: options.resume ?? false,
      signal: abort.signal,
      listener,
      version: "test",
    });
    return { ...result, ...seen };
  } finally {
    engine.dispose();
  }
}

async function parametersOf({ checkpoints }: TrainResult, stage: string): Promise<Tensors> {
  return (await readCheckpoint(checkpoints.get(stage) ?? "")).parameters;
}

it("trains every stage of a spec, hands over parameters, keeps frozen ones and evaluates", async () => {
  const result = whole;
  expect(result.status).toBe("finished");
  expect(result.steps.map(({ stage, step }) => `${stage} ${step}`)).toEqual(
    ["vision", "language", "pairs", "claims_stage"].flatMap((stage) => [1, 2, 3, 4].map((step) => `${stage} ${step}`)),
  );
  expect([...(result.steps[8]?.losses.keys() ?? [])].sort()).toEqual(["contrast", "match", "pair_words", "total"]);
  const [vision, language] = [await parametersOf(result, "vision"), await parametersOf(result, "language")];
  for (const name of [
    "layers.1.attention.qkv.weight",
    "layers.2.experts.vision.fc1.weight",
    "embed.image.cls",
    "layers.1.norm1.weight",
  ]) {
    expect(language.get(name)?.data, name).toEqual(vision.get(name)?.data);
  }
  for (const name of [
    "layers.1.experts.language.fc1.weight",
    "embed.text.word.weight",
    "position.relative",
    "final_norm.weight",
  ]) {
    expect(language.get(name)?.data, name).not.toEqual(vision.get(name)?.data);
  }
  for (const [stage, place] of result.checkpoints) {
    const { trained, optimizer: adamw } = stageOf(specOf(tiny), stage);
    const { optimizer } = await readCheckpoint(place);
    expect([...optimizer.keys()].sort(), stage).toEqual([...trained].flatMap((name) => stateNames(adamw, name)).sort());
  }
  expect(result.evaluations.map(({ name, metrics }) => [name, metrics.map((metric) => metric.name)])).toEqual([
    [
      "retrieval",
      [
        "recall@1 image→text",
        "recall@5 image→text",
        "recall@1 text→image",
        "recall@5 text→image",
        "pair_words accuracy",
      ],
    ],
    ["statements", ["truth accuracy"]],
  ]);
  const [retrieval] = result.evaluations;
  expect(retrieval?.metrics.map(({ chance, items }) => [chance, items]).slice(0, 2)).toEqual([
    [expect.closeTo(0.1, 12), 10],
    [expect.closeTo(0.5, 12), 10],
  ]);
});

it("resumes after an interruption to bit-identical parameters, and logs every step once", async () => {
  const stages = ["vision", "language", "pairs"];
  const first = await run({ out: "parts", stages, stopAfter: 10 });
  expect(first.status).toBe("interrupted");
  const second = await run({ out: "parts", stages, resume: true });
  expect(second.status).toBe("finished");
  expect(second.steps.map(({ stage, step }) => `${stage} ${step}`)).toEqual(["pairs 3", "pairs 4"]);
  const [expected, resumed] = [await parametersOf(whole, "pairs"), await parametersOf(second, "pairs")];
  for (const [name, tensor] of expected) expect(resumed.get(name)?.data, name).toEqual(tensor.data);
  const lines = (await readFile(join(folder, "parts", "metrics.jsonl"), "utf8")).trim().split("\n");
  const steps = lines.map((line) => JSON.parse(line)).filter(({ kind }) => kind === "step");
  expect(steps.map(({ stage, step }) => `${stage} ${step}`)).toEqual(
    stages.flatMap((stage) => [1, 2, 3, 4].map((step) => `${stage} ${step}`)),
  );
});

it.each(["sgd(lr: 1e-2, nesterov: true)", "lion(lr: 1e-4)", "lamb(lr: 1e-2)"])(
  "%s trains, saves its state in checkpoints and resumes from them exactly",
  async (call) => {
    const [out] = call.split("(");
    const options = { stages: ["vision"], set: [`vision.optimizer=${call}`], micro: 2 };
    const undisturbed = await run({ ...options, out: `${out}-whole` });
    expect((await run({ ...options, out: `${out}`, stopAfter: 2 })).status).toBe("interrupted");
    const resumed = await run({ ...options, out: `${out}`, resume: true });
    const [wanted, found] = await Promise.all(
      [undisturbed, resumed].map(({ checkpoints }) => readCheckpoint(checkpoints.get("vision") ?? "")),
    );
    expect(found?.parameters).toEqual(wanted?.parameters);
    expect(found?.optimizer).toEqual(wanted?.optimizer);
    const { trained, optimizer } = stageOf(specOf(tiny, options.set), "vision");
    const names = [...trained].flatMap((name) => stateNames(optimizer, name));
    expect([...(found?.optimizer.keys() ?? [])].sort()).toEqual(names.sort());
  },
);

it("accumulates micro-batches to the parameters of the undivided batch", async () => {
  // Classification only: contrast and matching have other negatives in a micro-batch than in the batch.
  await cp(join(folder, "whole"), join(folder, "pieces"), { recursive: true });
  const checkpoints = join(folder, "pieces/checkpoints");
  for (const name of await readdir(checkpoints))
    if (name.startsWith("claims_stage-")) await rm(join(checkpoints, name), { recursive: true });
  const pieces = await run({ out: "pieces", stages: ["claims_stage"], micro: 2, resume: true });
  expect(pieces.steps.map(({ step }) => step)).toEqual([1, 2, 3, 4]);
  const accumulated = await parametersOf(pieces, "claims_stage");
  for (const [name, { data }] of await parametersOf(whole, "claims_stage")) {
    const other = accumulated.get(name)?.data ?? [];
    expect(Math.max(...Array.from(data, (value, i) => Math.abs(value - (other[i] ?? Number.NaN)))), name).toBeLessThan(
      2e-6,
    );
  }
});

it("stops a run with a NaN loss, reporting step, items and the objective's line", async () => {
  const failed = run({ out: "nan", stages: ["vision"], set: ["lr=1e30"] });
  await expect(failed).rejects.toMatchObject({
    code: "V930",
    message: expect.stringMatching(
      /stage `vision`: the loss of `patches` is (NaN|-?Infinity) at step \d; the batch held shapes\(\d\)\/train\/images\/\d+/,
    ),
    span: { file: { path: tiny } },
  });
});

it("refuses a folder with a run, a changed stage, and a missing predecessor", async () => {
  await expect(run({ out: "a", stages: ["language"] })).rejects.toMatchObject({ code: "V933" });
  await run({ out: "b", stages: ["vision"] });
  await expect(run({ out: "b", stages: ["vision"] })).rejects.toMatchObject({ code: "V932" });
  await expect(run({ out: "b", stages: ["vision"], resume: true, set: ["lr=2e-3"] })).rejects.toMatchObject({
    code: "V931",
  });
});

it("resumes in the precision it was started in, and accepts a finished stage of any", async () => {
  const begun = { out: "rounded", stages: ["vision"], precision: "bfloat16" } as const;
  await run({ ...begun, stopAfter: 1 });
  await expect(run({ ...begun, precision: "float32", resume: true })).rejects.toMatchObject({
    code: "V995",
    message: "stage `vision` was trained in bfloat16 so far, and would now continue in float32",
  });
  const { checkpoints } = await run({ ...begun, resume: true });
  expect((await readCheckpoint(checkpoints.get("vision") ?? "")).manifest.engine.precision).toBe("bfloat16");
  expect((await run({ ...begun, precision: "float32", resume: true })).steps).toEqual([]);
});
