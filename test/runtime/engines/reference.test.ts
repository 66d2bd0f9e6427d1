// Guarantees of the reference engine: float64 throughout, and stable handles.
import { expect, test } from "vitest";
import { createGraph, input } from "../../../compiler/index.js";
import { add, mul } from "../../../compiler/ops/elementwise.js";
import { fill } from "../../../compiler/ops/structure.js";
import { createReference } from "../../../runtime/engines/reference.js";
import { erf } from "../../../runtime/engines/reference/erf.js";
import { float32 } from "../../../runtime/tensor.js";

const accumulate = (): ReturnType<typeof createGraph> => {
  const x = input("x", "batch", { dtype: "float32", shape: [2] });
  const state = input("state", "state", { dtype: "float32", shape: [2] });
  const next = add(state.value, mul(x.value, fill(2)));
  return createGraph("accumulate", [x, state], new Map([["next", next]]));
};

test("an output in place of an input updates that handle only", async () => {
  const engine = createReference();
  const step = await engine.load(accumulate());
  const x = engine.create(float32([2], Float32Array.of(1, 2)));
  const state = engine.create(float32([2]));
  const inputs = new Map([
    ["x", x],
    ["state", state],
  ]);
  for (let i = 0; i < 3; i++) await step.run(inputs, new Map([["next", state]]));
  expect([...(await engine.read(state)).data]).toEqual([6, 12]);
  expect([...(await engine.read(x)).data]).toEqual([1, 2]);
});

test("results are float64", async () => {
  const engine = createReference();
  const step = await engine.load(accumulate());
  const x = engine.create({ dtype: "float32", shape: [2], data: Float64Array.of(0.1, 0.2) });
  const outputs = await step.run(new Map([["x", x], ["state", engine.create(float32([2]))]])); // prettier-ignore
  const next = outputs.get("next");
  expect(next && (await engine.read(next)).data).toEqual(Float64Array.of(0.2, 0.4));
});

test("a missing input, a wrong shape and a released handle are reported by name", async () => {
  const engine = createReference();
  const step = await engine.load(accumulate());
  const x = engine.create(float32([2]));
  await expect(step.run(new Map([["x", x]]))).rejects.toThrow("run without state");
  await expect(step.run(new Map([["x", engine.create(float32([3]))]]))).rejects.toThrow("f32[3] given for f32[2]");
  engine.release(x);
  await expect(engine.read(x)).rejects.toThrow("was released");
});

test.each([
  [0, 0],
  [0.5, 0.5204998778130465],
  [-1, -0.8427007929497149],
  [2, 0.9953222650189527],
  [5, 0.9999999999984626],
  [7, 1],
])("erf(%d) is %d", (x, y) => expect(erf(x)).toBeCloseTo(y, 14));
