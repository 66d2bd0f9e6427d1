// Guarantees of every engine for tensor handles, tested by a step whose outputs replace some of its inputs.
import { expect, test } from "vitest";
import { createGraph, input, type Graph } from "../../compiler/index.js";
import { add, scale } from "../../compiler/ops/elementwise.js";
import { matmul } from "../../compiler/ops/linear.js";
import { cast } from "../../compiler/ops/structure.js";
import type { Engine, Handle } from "../../runtime/engines/index.js";
import { createReference } from "../../runtime/engines/reference.js";
import { float32, int32 } from "../../runtime/tensor.js";

const square = { dtype: "float32", shape: [2, 2] } as const;

/** moment' = moment/2 + x (safe in place); weight' = weight·x + weight (not safe); and x itself, as int32. */
function training(): Graph {
  const [x, moment, weight] = ["x", "moment", "weight"].map((name) => input(name, "state", square));
  if (x === undefined || moment === undefined || weight === undefined) throw new Error("internal: three inputs");
  const outputs = new Map([
    ["next.moment", add(scale(moment.value, 0.5), x.value)],
    ["next.weight", add(matmul(weight.value, x.value), weight.value)],
    ["whole", cast(x.value, "int32")],
  ]);
  return createGraph("training", [x, moment, weight], outputs);
}

async function trained(engine: Engine, steps: number): Promise<number[][]> {
  const step = await engine.load(training());
  const make = (...values: number[]): Handle => engine.create(float32([2, 2], Float32Array.from(values)));
  const [x, moment, weight] = [make(1, 0, 2, -1), make(8, 8, 8, 8), make(1, 2, 3, 4)];
  const inputs = new Map([["x", x], ["moment", moment], ["weight", weight]]); // prettier-ignore
  const into = new Map([["next.moment", moment], ["next.weight", weight]]); // prettier-ignore
  const results: number[][] = [];
  for (let i = 0; i < steps; i++) {
    const outputs = await step.run(inputs, into);
    expect(outputs.get("next.weight")).toBe(weight);
    for (const handle of outputs.values()) results.push([...(await engine.read(handle)).data]);
  }
  step.dispose();
  return results;
}

/** `engine` is called when the tests run. */
export function testHandles(engine: () => Engine): void {
  test("handles read and written by one run have the reference's values", async () => {
    expect(await trained(engine(), 4)).toEqual(await trained(createReference(), 4));
  });

  test("tensors read earlier do not change with later runs", async () => {
    const held = engine();
    const handle = held.create(float32([2], Float32Array.of(1, 2)));
    const before = await held.read(handle);
    held.write(handle, float32([2], Float32Array.of(3, 4)));
    expect([...before.data]).toEqual([1, 2]);
    expect([...(await held.read(handle)).data]).toEqual([3, 4]);
  });

  test("a missing input, a wrong type and a released handle are reported by name", async () => {
    const held = engine();
    const step = await held.load(training());
    const [good, bad] = [held.create(float32([2, 2])), held.create(int32([2, 2]))];
    await expect(step.run(new Map([["x", good]]))).rejects.toThrow("training was run without moment");
    const wrong = new Map([["x", good], ["moment", bad], ["weight", good]]); // prettier-ignore
    await expect(step.run(wrong)).rejects.toThrow("i32[2,2] given for f32[2,2]");
    held.release(good);
    await expect(held.read(good)).rejects.toThrow("f32[2,2] was released");
    step.dispose();
  });
}
