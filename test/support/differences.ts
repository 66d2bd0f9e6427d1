// Gradients by central differences in float64.
import type { Graph } from "../../compiler/index.js";
import type { Engine } from "../../runtime/engines/index.js";
import type { Tensor, Tensors } from "../../runtime/tensor.js";
import { runOnce } from "./evaluate.js";

/** Step of the differences: the truncation error is its square, the rounding error about 1e-16 over it. */
const STEP = 1e-5;

/** The gradient of Σ output · weight with respect to one input, in float64. `weights` are by output name. */
export async function centralDifferences(
  engine: Engine,
  graph: Graph,
  tensors: Tensors,
  { name, weights }: { name: string; weights: Tensors },
): Promise<Tensor> {
  const executable = await engine.load(graph);
  const tensor = tensors.get(name);
  if (tensor === undefined) throw new Error(`no input ${name}`);
  const at = async (i: number, step: number): Promise<number> => {
    const data = new Float64Array(tensor.data);
    data[i] = (data[i] ?? 0) + step;
    return weighted(await runOnce(engine, executable, new Map([...tensors, [name, { ...tensor, data }]])), weights);
  };
  const data = new Float64Array(tensor.data.length);
  for (let i = 0; i < data.length; i++) data[i] = ((await at(i, STEP)) - (await at(i, -STEP))) / (2 * STEP);
  executable.dispose();
  return { ...tensor, data };
}

/** The slope of a graph's one scalar when an input moves along a direction, in float64. */
export async function slopeAlong(
  engine: Engine,
  graph: Graph,
  tensors: Tensors,
  { name, direction }: { name: string; direction: Tensor },
): Promise<number> {
  const executable = await engine.load(graph);
  const tensor = tensors.get(name);
  if (tensor === undefined) throw new Error(`no input ${name}`);
  const at = async (step: number): Promise<number> => {
    const data = Float64Array.from(tensor.data, (value, i) => value + step * (direction.data[i] ?? 0));
    const [output] = (await runOnce(engine, executable, new Map([...tensors, [name, { ...tensor, data }]]))).values();
    return output?.data[0] ?? NaN;
  };
  const slope = ((await at(STEP)) - (await at(-STEP))) / (2 * STEP);
  executable.dispose();
  return slope;
}

function weighted(outputs: Tensors, weights: Tensors): number {
  let sum = 0;
  for (const [name, weight] of weights) {
    const output = outputs.get(name);
    weight.data.forEach((value, i) => (sum += value * (output?.data[i] ?? NaN)));
  }
  return sum;
}
