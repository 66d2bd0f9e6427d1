// Guarantees of the tfjs engine: memory, handles, errors, and no output.
import * as core from "@tensorflow/tfjs-core";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { createGraph, gradientsOf, input, type Graph, type Value } from "../../../compiler/index.js";
import { gelu, layerNorm, linear } from "../../../compiler/ops/composite.js";
import { exp, mul } from "../../../compiler/ops/elementwise.js";
import { gather } from "../../../compiler/ops/indexing.js";
import { adamw } from "../../../compiler/ops/optimizer.js";
import { constant, total } from "../../../compiler/ops/structure.js";
import type { Engine, Handles } from "../../../runtime/engines/index.js";
import { createReference } from "../../../runtime/engines/reference.js";
import { createTfjs } from "../../../runtime/engines/tfjs/engine.js";
import type { VlmoError } from "../../../runtime/errors/vlmo-error.js";
import { float32, scalar, type Tensors } from "../../../runtime/tensor.js";
import { installedTfjs } from "../../conformance/engines.js";
import { drawFrom } from "../../support/draw.js";
import { expectClose } from "../../support/evaluate.js";
import { isLong } from "../../support/long.js";

const f32 = (...shape: number[]): Value["type"] => ({ dtype: "float32", shape });

/** One training step of a small regression, with parameter and moments updated in place. */
function step(): Graph {
  const x = input("x", "batch", f32(6, 4));
  const weight = input("weight", "parameter", f32(4, 4));
  const [m, v] = [input("m", "state", f32(4, 4)), input("v", "state", f32(4, 4))];
  const scalars = ["lr", "c1", "c2"].map((name) => input(name, "scalar", f32()));
  const [lr, correction1, correction2] = scalars.map((entry) => entry.value);
  if (!lr || !correction1 || !correction2) throw new Error("three scalars");
  const ones = constant([4], Float32Array.of(1));
  const hidden = gelu(linear(x.value, weight.value, constant([4], Float32Array.of(0.1, 0.2, 0.3, 0.4))));
  const loss = total(mul(layerNorm(hidden, { weight: ones, bias: ones }, 1e-5), hidden));
  const gradient = gradientsOf(loss, [weight.value]).get(weight.value);
  if (gradient === undefined) throw new Error("a gradient");
  const after = adamw(
    { parameter: weight.value, m: m.value, v: v.value, gradient, lr, correction1, correction2 },
    { beta1: 0.9, beta2: 0.98, eps: 1e-6, weightDecay: 0.01, factor: 1, variant: "torch" },
  );
  const outputs = new Map(Object.entries({ loss, "weight'": after.parameter, "m'": after.m, "v'": after.v }));
  return createGraph("step", [x, weight, m, v, ...scalars], outputs);
}

function given(): Tensors {
  const { floats } = drawFrom("tfjs steps");
  return new Map([
    ["x", floats([6, 4])],
    ["weight", floats([4, 4])],
    ["m", float32([4, 4])],
    ["v", float32([4, 4])],
    ["lr", scalar(0.01)],
    ["c1", scalar(0.1)],
    ["c2", scalar(0.02)],
  ]);
}

/** Trains in place; gives the loss of every step and the final weight. */
async function train(engine: Engine, steps: number, each: () => void = () => undefined) {
  const executable = await engine.load(step());
  const handles: Handles = new Map([...given()].map(([name, tensor]) => [name, engine.create(tensor)]));
  const into = new Map(["weight", "m", "v"].flatMap((name) => [...handles].flatMap(([key, handle]) => key === name ? [[`${name}'`, handle] as const] : []))); // prettier-ignore
  const losses: number[] = [];
  for (let i = 0; i < steps; i++) {
    const outputs = await executable.run(handles, into);
    const loss = outputs.get("loss");
    if (loss === undefined) throw new Error("a loss");
    losses.push((await engine.read(loss)).data[0] ?? NaN);
    engine.release(loss);
    each();
  }
  const weight = handles.get("weight");
  const read = weight && (await engine.read(weight));
  handles.forEach((handle) => engine.release(handle));
  executable.dispose();
  return { losses, weight: read };
}

/** Number of steps over which tensors are counted. */
const steps = isLong ? 10_000 : 200;

describe.each(["cpu", "wasm", ...installedTfjs])("on %s", (backend) => {
  let engine: Engine;
  beforeEach(async () => {
    engine = await createTfjs({ threads: 1, backend });
  });
  afterEach(() => engine.dispose());

  test(`${steps} steps leave the number of tensors of the first`, async () => {
    const counts: number[] = [];
    await train(engine, steps, () => counts.push(core.memory().numTensors));
    expect(new Set(counts).size).toBe(1);
  });

  test("everything is freed at the end, in tensors and bytes", async () => {
    const before = core.memory();
    await train(engine, 3);
    engine.dispose();
    expect(core.memory()).toMatchObject({ numTensors: before.numTensors, numBytes: before.numBytes });
  });

  test("20 steps in place agree with the reference", async () => {
    const [actual, wanted] = [await train(engine, 20), await train(createReference(), 20)];
    expectClose(actual.weight, wanted.weight, { absolute: 2e-5, relative: 2e-5 });
    expect(wanted.losses[19]).toBeLessThan(wanted.losses[0] ?? 0);
  });

  test("an input as an output, and one value under two names, are separate tensors", async () => {
    const x = input("x", "batch", f32(2));
    const y = exp(x.value);
    const executable = await engine.load(
      createGraph("same", [x], new Map([["x", x.value], ["y", y], ["z", y]])), // prettier-ignore
    );
    const handle = engine.create(float32([2], Float32Array.of(0, 1)));
    const outputs = await executable.run(new Map([["x", handle]]));
    engine.release(handle);
    const [first, second, third] = [...outputs.values()];
    if (!first || !second || !third) throw new Error("three outputs");
    engine.release(second);
    expect([...(await engine.read(first)).data]).toEqual([0, 1]);
    expect([...(await engine.read(third)).data]).toEqual([1, Math.fround(Math.E)]);
    engine.release(first);
    engine.release(third);
    executable.dispose();
  });

  test("writing and reading a handle copies", async () => {
    const data = Float32Array.of(1, 2);
    const handle = engine.create(float32([2]));
    engine.write(handle, float32([2], data));
    data[0] = 9;
    const read = await engine.read(handle);
    read.data[1] = 9;
    expect([...(await engine.read(handle)).data]).toEqual([1, 2]);
    expect(() => engine.write(handle, float32([3]))).toThrow("f32[3] given for f32[2]");
    engine.release(handle);
    await expect((async () => engine.read(handle))()).rejects.toThrow("was released");
  });
});

test("two engines can be used alternately on different backends", async () => {
  const [cpu, wasm] = [
    await createTfjs({ threads: 1, backend: "cpu" }),
    await createTfjs({ threads: 1, backend: "wasm" }),
  ];
  const [a, b] = await Promise.all([train(cpu, 5), train(wasm, 5)]);
  expectClose(a.weight, b.weight, { absolute: 1e-5, relative: 1e-5 });
  cpu.dispose();
  wasm.dispose();
});

test("a failing kernel is reported with its operation, and leaks no tensors", async () => {
  const engine = await createTfjs({ threads: 1, backend: "cpu" });
  const table = input("table", "parameter", f32(3, 2));
  const ids = input("ids", "batch", { dtype: "int32", shape: [1] });
  const executable = await engine.load(createGraph("bad", [table, ids], new Map([["y", exp(gather(exp(table.value), ids.value))]]))); // prettier-ignore
  const handles = new Map([
    ["table", engine.create(float32([3, 2]))],
    ["ids", engine.create({ dtype: "int32", shape: [1], data: Int32Array.of(7) })],
  ]);
  const before = core.memory().numTensors;
  await expect(executable.run(handles)).rejects.toMatchObject({
    code: "V936",
    message: expect.stringContaining("the engine `tfjs` failed: gather to f32[1,2]: "),
  });
  expect(core.memory().numTensors).toBe(before);
  engine.dispose();
});

test("an unknown backend is refused with the existing ones", async () => {
  const refused = { code: "V966", help: "choose one of cpu, wasm, node, node-gpu" };
  await expect(createTfjs({ threads: 1, backend: "webgl" })).rejects.toMatchObject(refused);
});

test.each(["node", "node-gpu"])("the backend %s opens, or reports how to install it", async (backend) => {
  const said = await createTfjs({ threads: 1, backend }).then(
    (engine) => engine.description,
    (error: VlmoError) => `${error.code}: ${error.help}`,
  );
  expect(said).toMatch(
    /^tfjs .* \(node|^V966: run (npm install --ignore-scripts @tens\S+ and )?vlmo setup tensorflow( --gpu)?,/,
  );
});

test("the default is an available backend", async () => {
  const engine = await createTfjs({ threads: 1, backend: null });
  expect(engine.description).toMatch(/\((wasm|node), 1 thread\)$/);
  await train(engine, 1);
  engine.dispose();
});

test("tfjs prints nothing", async () => {
  const written = [vi.spyOn(console, "warn"), vi.spyOn(console, "log"), vi.spyOn(console, "error")];
  const engine = await createTfjs({ threads: 1, backend: "cpu" });
  await train(engine, 1);
  expect(engine.description).toMatch(/^tfjs \d+\.\d+\.\d+ \(cpu, 1 thread\)$/);
  for (const spy of written) expect(spy).not.toHaveBeenCalled();
  engine.dispose();
});
