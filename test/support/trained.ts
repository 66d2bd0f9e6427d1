// A step whose outputs replace some of its inputs, run a few times: what an engine does with handles shows in its numbers.
import { expect } from "vitest";
import { createGraph, input, type Graph } from "../../compiler/index.js";
import { add, scale } from "../../compiler/ops/elementwise.js";
import { matmul } from "../../compiler/ops/linear.js";
import { cast } from "../../compiler/ops/structure.js";
import type { Engine, Handle } from "../../runtime/engines/index.js";
import { float32 } from "../../runtime/tensor.js";

const square = { dtype: "float32", shape: [2, 2] } as const;

/** moment' = moment/2 + x (safe in place); weight' = weight·x + weight (not safe); and x itself, as int32. */
export function training(): Graph {
  const [x, moment, weight] = ["x", "moment", "weight"].map((name) => input(name, "state", square));
  if (x === undefined || moment === undefined || weight === undefined) throw new Error("internal: three inputs");
  const outputs = new Map([
    ["next.moment", add(scale(moment.value, 0.5), x.value)],
    ["next.weight", add(matmul(weight.value, x.value), weight.value)],
    ["whole", cast(x.value, "int32")],
  ]);
  return createGraph("training", [x, moment, weight], outputs);
}

export async function trained(engine: Engine, steps: number): Promise<number[][]> {
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
