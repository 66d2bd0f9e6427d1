// Tensors on an engine: what a program reads of them, and results brought to the host.
import type { Program } from "../../compiler/index.js";
import type { Engine, Handle, Handles } from "../engines/index.js";
import type { Tensor, Tensors } from "../tensor.js";

/** The tensors of all results, which are then freed on the engine. */
export async function readAll(engine: Engine, results: Handles): Promise<Map<string, Tensor>> {
  const tensors = new Map<string, Tensor>();
  for (const [name, handle] of results) {
    tensors.set(name, await engine.read(handle));
    engine.release(handle);
  }
  return tensors;
}

/** Of these handles those that a program has inputs for. */
export function readBy({ graph }: Program, handles: Handles): Map<string, Handle> {
  const names = new Set(graph.inputs.map(({ name }) => name));
  return new Map([...handles].filter(([name]) => names.has(name)));
}

/** Copies of tensors on an engine, to be released. */
export function createAll(engine: Engine, tensors: Tensors): Map<string, Handle> {
  return new Map([...tensors].map(([name, tensor]) => [name, engine.create({ ...tensor, data: tensor.data.slice() })]));
}

/** Frees handles on the engine. */
export function release(engine: Engine, handles: Handles): void {
  for (const handle of handles.values()) engine.release(handle);
}
