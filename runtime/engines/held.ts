// Checks that every engine makes before it computes: handles are known, and have the expected type.
import { sameShape, sizeOf, typeText, type Graph, type TensorType, type Value } from "../../compiler/index.js";
import type { Tensor } from "../tensor.js";
import type { Handle, Handles } from "./engine.js";

/** What an engine stores for a handle. Throws if the handle was released. */
export function keptFor<T>(kept: ReadonlyMap<Handle, T>, handle: Handle): T {
  const found = kept.get(handle);
  if (found === undefined) throw new Error(`internal: ${typeText(handle.type)} was released`);
  return found;
}

/** The inputs of a graph with their handles. Throws if one is missing or of another type. */
export function inputsOf(graph: Graph, inputs: Handles): { name: string; value: Value; handle: Handle }[] {
  return graph.inputs.map(({ name, value }) => {
    const handle = inputs.get(name);
    if (handle === undefined) throw new Error(`internal: ${graph.name} was run without ${name}`);
    expectType(value.type, handle.type);
    return { name, value, handle };
  });
}

/** Throws an internal error on a wrong type: callers take types from the graph. */
export function expectType(wanted: TensorType, found: TensorType): void {
  if (wanted.dtype === found.dtype && sameShape(wanted.shape, found.shape)) return;
  throw new Error(`internal: ${typeText(found)} given for ${typeText(wanted)}`);
}

/** Throws if the number of elements does not match the shape. */
export function expectElements({ shape, data }: Tensor): void {
  if (data.length !== sizeOf(shape)) throw new Error(`internal: ${data.length} elements for [${shape.join(",")}]`);
}
