// Runs a graph once on an engine, and compares tensors.
import { expect } from "vitest";
import type { Graph } from "../../compiler/index.js";
import type { Engine, Executable } from "../../runtime/engines/index.js";
import type { Tensor, Tensors } from "../../runtime/tensor.js";

/** Loads, runs once and frees everything. */
export async function evaluate(engine: Engine, graph: Graph, tensors: Tensors): Promise<Map<string, Tensor>> {
  const executable = await engine.load(graph);
  try {
    return await runOnce(engine, executable, tensors);
  } finally {
    executable.dispose();
  }
}

/** One run of a loaded program; inputs that the graph does not read are ignored. */
export async function runOnce(engine: Engine, executable: Executable, tensors: Tensors): Promise<Map<string, Tensor>> {
  const inputs = new Map([...tensors].map(([name, tensor]) => [name, engine.create(copy(tensor))]));
  const outputs = await executable.run(inputs);
  const results = new Map<string, Tensor>();
  for (const [name, handle] of outputs) results.set(name, await engine.read(handle));
  for (const handle of [...inputs.values(), ...outputs.values()]) engine.release(handle);
  return results;
}

/** An engine may reuse the arrays passed to it: each run passes copies. */
function copy(tensor: Tensor): Tensor {
  return { ...tensor, data: tensor.data.slice() };
}

export interface Tolerance {
  readonly absolute: number;
  /** Relative to the largest magnitude of the expected tensor. */
  readonly relative: number;
}

/** Fails with the worst element where two tensors differ by more than the tolerance. */
export function expectClose(actual: Tensor | undefined, wanted: Tensor | undefined, tolerance: Tolerance): void {
  if (actual === undefined || wanted === undefined) throw new Error("a tensor to compare is missing");
  expect(actual.dtype).toBe(wanted.dtype);
  expect(actual.shape).toEqual(wanted.shape);
  expect(actual.data).toHaveLength(wanted.data.length);
  const largest = Math.max(0, ...Array.from(wanted.data, Math.abs));
  const allowed = tolerance.absolute + tolerance.relative * largest;
  const worst = { error: 0, at: "" };
  wanted.data.forEach((value, i) => {
    const error = Math.abs((actual.data[i] ?? NaN) - value);
    // Comparisons with NaN are false: it must not pass as a small error.
    if (!(error <= worst.error)) Object.assign(worst, { error, at: `element ${i}: ${actual.data[i]} for ${value}` });
  });
  if (!(worst.error <= allowed)) throw new Error(`differs by ${worst.error} (allowed ${allowed}) at ${worst.at}`);
}
