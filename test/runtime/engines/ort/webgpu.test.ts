// Guarantees of the ort engine on a GPU beyond its results: everything is computed there, state stays in GPU memory, and
// tensors that do not fit are errors.
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { createGraph, input, parametersOf, type StageSpec } from "../../../../compiler/index.js";
import { add } from "../../../../compiler/ops/elementwise.js";
import { concat, slice } from "../../../../compiler/ops/structure.js";
import { trainingBatches, wholeOf, type MicroBatch } from "../../../../runtime/data/index.js";
import { needsOfStage } from "../../../../runtime/data/stage-data.js";
import { loadApi } from "../../../../runtime/engines/ort/c-api.js";
import { openDeviceMemory } from "../../../../runtime/engines/ort/device-memory.js";
import { createOrt } from "../../../../runtime/engines/ort/engine.js";
import type { Engine } from "../../../../runtime/engines/index.js";
import { startOf } from "../../../../runtime/test/train.js";
import { programOf } from "../../../../runtime/program/exec.js";
import { float32 } from "../../../../runtime/tensor.js";
import { nothingHanded } from "../../../../runtime/train/initialize.js";
import { Learner } from "../../../../runtime/train/learner.js";
import { evaluate } from "../../../support/evaluate.js";
import { testHandles } from "../../../support/handles.js";
import { isLong } from "../../../support/long.js";
import { specOf, stageOf } from "../../../support/specs.js";
import { opened } from "../../../support/stage-data.js";
import { hasWebgpu } from "../../../support/webgpu.js";
import { vlmo } from "../../cli/command.js";
import { f32, model, options } from "./models.js";
import { create, refusal, releaseAll } from "./sessions.js";

const spec = specOf("specs/tests.vlmo");

afterEach(releaseAll);

describe.skipIf(!hasWebgpu)("the ort engine on webgpu", () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await createOrt({ threads: 1, backend: "webgpu" });
  });
  afterAll(() => engine.dispose());

  testHandles(() => engine);

  test("reports its adapter, and that a CPU driver is not a GPU", () => {
    expect(engine.description).toMatch(/^ort 1\.\d+\.\d+ \(webgpu, .+\)$/);
    if (engine.description.includes("SwiftShader")) expect(engine.notice).toContain("is no GPU");
  });

  test("splits into and concatenates more tensors than a shader has buffers", async () => {
    const { value, ...x } = input("x", "batch", { dtype: "float32", shape: [60] });
    const parts = Array.from({ length: 30 }, (_, i) => slice(value, 0, 2 * i, 2 * i + 2)).reverse();
    const graph = createGraph("parts", [{ ...x, value }], new Map([["y", concat(parts, 0)]]));
    const numbers = Float32Array.from({ length: 60 }, (_, i) => i);
    const { data } = (await evaluate(engine, graph, new Map([["x", float32([60], numbers)]]))).get("y") ?? float32([0]);
    expect([...data]).toEqual(Array.from({ length: 30 }, (_, i) => [58 - 2 * i, 59 - 2 * i]).flat());
  });

  test("refuses programs with operations that would fall back to the CPU in every step", async () => {
    const attributes = { transA: 0, transB: 1, alpha: { float: 1 } };
    const fused = { op: "FusedMatMul", domain: "com.microsoft", inputs: ["a", "a"], outputs: ["c"], attributes };
    const bytes = model([fused], [f32("a", 2, 3)], [f32("c", 2, 2)]);
    const { message } = await refusal(create(bytes, { provider: "webgpu" }));
    expect(message).toContain("CPU EP");
  });

  test("reports a tensor larger than the GPU's buffers before anything is computed", async () => {
    const vast = input("words", "batch", { dtype: "float32", shape: [2 ** 20, 2 ** 12] });
    const graph = createGraph("step", [vast], new Map([["y", add(vast.value, vast.value)]]));
    const error = await engine.load(graph).catch((cause: unknown) => cause);
    expect(error).toMatchObject({ code: "V947" });
    expect(String(error)).toContain("`words` (f32[1048576,4096]) of `step` takes");
  });

  test("reports errors of the driver instead of uninitialised results", async () => {
    const memory = await openDeviceMemory({ ...options, provider: "webgpu" });
    const array = memory.empty({ dtype: "float32", shape: [2 ** 20, 2 ** 12] });
    expect(() => array.value).toThrow(/^the GPU refused: /);
  });

  test("copies only batch and scalars to the GPU and losses back in a step, no parameters or moments", async () => {
    const stage = stageOf(spec, "vision");
    const copied = vi.spyOn(loadApi(), "callAsync");
    const { counted, traffic } = counting(engine);
    const learner = await learnerOf(stage, counted);
    const batches = await batchesOf(stage, 2);
    const parameters = parametersOf(stage.model, stage.heads).length;
    await learner.step(at(batches, 0), { step: 0, lr: 1e-3 });
    expect(traffic.up.length).toBeGreaterThan(parameters);
    copied.mockClear();
    traffic.up.length = traffic.down.length = 0;
    const { losses } = await learner.step(at(batches, 1), { step: 1, lr: 1e-3 });
    // ONNX Runtime copies from GPU memory only what it is asked for.
    const asked = copied.mock.calls.filter(([name]) => name === "CopyTensors").map((call) => Number(call[5]));
    expect(asked.reduce((sum, count) => sum + count)).toBe(traffic.up.length + traffic.down.length);
    const images = at(batches, 1).tensors.get("image")?.data.byteLength ?? 0;
    const [up, down] = [sum(traffic.up), sum(traffic.down)];
    expect(images).toBe(16 * 3 * 32 * 32 * 4);
    expect(up).toBeGreaterThanOrEqual(images);
    // Besides the images: a patch mask, counts, and AdamW's scalars.
    expect(up - images).toBeLessThan(1000);
    expect(down).toBe(4 * (losses.size + 1));
    copied.mockRestore();
    learner.dispose();
  }, 300_000);

  const files = ["specs/tests.vlmo", ...(isLong ? ["specs/quickstart.vlmo", "specs/examples/segmentation.vlmo"] : [])];
  test.each(files.flatMap((file) => [...specOf(file).stages.values()].map((stage) => ({ file, stage }))))(
    "computes every operation of a step of stage $stage.name of $file on the GPU",
    async ({ stage }) => {
      const { graph } = programOf({ stage, program: "step", batch: 4, outputs: null }, 4);
      (await engine.load(graph)).dispose();
    },
    120_000,
  );

  test.each([
    { name: "vision", steps: 4 },
    { name: "fusion", steps: 2 },
  ])(
    "trains stage $name of specs/tests.vlmo as on the CPU",
    async ({ name, steps }) => {
      const cpu = await createOrt({ threads: 1, backend: "cpu" });
      const stage = stageOf(spec, name);
      const batches = await batchesOf(stage, steps);
      const [here, there] = [await learnerOf(stage, cpu), await learnerOf(stage, engine)];
      for (const [step, batch] of batches.entries()) {
        const wanted = await here.step(batch, { step, lr: 3e-3 });
        const { losses, gradientNorm } = await there.step(batch, { step, lr: 3e-3 });
        for (const [loss, value] of wanted.losses) expect(losses.get(loss), `${loss} ${step}`).toBeCloseTo(value, 4);
        expect(gradientNorm).toBeCloseTo(wanted.gradientNorm ?? NaN, 3);
      }
      const [wanted, found] = [(await here.read()).parameters, (await there.read()).parameters];
      expect([...found.keys()]).toEqual([...wanted.keys()]);
      here.dispose();
      there.dispose();
      cpu.dispose();
    },
    300_000,
  );
});

describe.skipIf(!hasWebgpu)("vlmo test --backend webgpu", () => {
  test("passes all tests of specs/tests.vlmo, within the traces recorded on the CPU", async () => {
    const { exit, stdout, stderr } = await vlmo(["test", "specs/tests.vlmo", "--backend", "webgpu"]);
    expect(exit, stdout + stderr).toBe(0);
  }, 3_000_000);
});

/** An engine, and the sizes in bytes of tensors passed in and out. */
function counting(engine: Engine): { counted: Engine; traffic: { up: number[]; down: number[] } } {
  const traffic = { up: [] as number[], down: [] as number[] };
  const counted: Engine = {
    ...engine,
    create: (tensor) => (traffic.up.push(tensor.data.byteLength), engine.create(tensor)),
    write: (handle, tensor) => (traffic.up.push(tensor.data.byteLength), engine.write(handle, tensor)),
    read: async (handle) => {
      const tensor = await engine.read(handle);
      traffic.down.push(tensor.data.byteLength);
      return tensor;
    },
  };
  return { counted, traffic };
}

async function learnerOf(stage: StageSpec, engine: Engine): Promise<Learner> {
  return new Learner(engine, stage, { parameters: await startOf(stage, nothingHanded), state: null });
}

async function batchesOf(stage: StageSpec, count: number): Promise<readonly MicroBatch[]> {
  const { dataSet, tokenizer } = await opened(stage);
  const batches = trainingBatches({ dataSet, needs: needsOfStage(stage, tokenizer), batch: stage.batch, seed: 1 });
  const taken: MicroBatch[] = [];
  while (taken.length < count) taken.push(wholeOf(await batches.next()));
  await batches.close();
  return taken;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function at<T>(list: readonly T[], i: number): T {
  const found = list[i];
  if (found === undefined) throw new Error(`internal: no entry ${i}`);
  return found;
}
