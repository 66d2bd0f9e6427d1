// Gradients by central differences in float64.
import type { Graph } from "../../compiler/index.js";
import type { Engine } from "../../runtime/engines/index.js";
import type { Tensor, Tensors } from "../../runtime/tensor.js";
import { runOnce } from "./evaluate.js";

/** Step of the differences: the truncation error is O(step²), the rounding error about 1e-16 / step. */
const STEP = 1e-5;

/** The gradient of Σ output · weight with respect to one input, in float64. `weights` are by output name. */
export async function centralDifferences(
  engine: Engine,
  graph: Graph,
  tensors: Tensors,
  { name, weights }: { name: string; weights: Tensors },
): Promise<Tensor> {
  const executable = await engine.load(graph);
  const tensor = tensorOf(tensors, name);
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

/** Directional derivatives of a graph's scalar output, by input, each along its direction, in float64. */
export async function slopesAlong(
  engine: Engine,
  graph: Graph,
  tensors: Tensors,
  directions: Tensors,
): Promise<Map<string, number>> {
  const executable = await engine.load(graph);
  const held = new Map([...tensors].map(([name, tensor]) => [name, engine.create(tensor)]));
  const at = async (name: string, moved: Tensor): Promise<number> => {
    const handle = engine.create(moved);
    const outputs = [...(await executable.run(new Map([...held, [name, handle]]))).values()];
    const [output] = await Promise.all(outputs.map((each) => engine.read(each)));
    [handle, ...outputs].forEach((each) => engine.release(each));
    return output?.data[0] ?? NaN;
  };
  const slopes = new Map<string, number>();
  for (const [name, direction] of directions) {
    const tensor = tensorOf(tensors, name);
    const ahead = await at(name, movedBy(STEP, tensor, direction));
    const behind = await at(name, movedBy(-STEP, tensor, direction));
    slopes.set(name, (ahead - behind) / (2 * STEP));
  }
  held.forEach((handle) => engine.release(handle));
  executable.dispose();
  return slopes;
}

function movedBy(step: number, tensor: Tensor, { data }: Tensor): Tensor {
  return { ...tensor, data: Float64Array.from(tensor.data, (value, i) => value + step * (data[i] ?? 0)) };
}

/** The tensor of that name. */
export function tensorOf(tensors: Tensors, name: string): Tensor {
  const tensor = tensors.get(name);
  if (tensor === undefined) throw new Error(`no input ${name}`);
  return tensor;
}

function weighted(outputs: Tensors, weights: Tensors): number {
  let sum = 0;
  for (const [name, weight] of weights) {
    const output = outputs.get(name);
    weight.data.forEach((value, i) => (sum += value * (output?.data[i] ?? NaN)));
  }
  return sum;
}
