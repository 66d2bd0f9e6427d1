// Tensors on an engine: those that a program reads, and results copied to the host.
import type { Program } from "../../compiler/index.js";
import type { Engine, Handle, Handles } from "../engines/index.js";
import type { Tensor, Tensors } from "../tensor.js";

/** The tensors of all results. Each handle is freed once it is read, or if reading another fails. */
export async function readAll(engine: Engine, results: Handles): Promise<Map<string, Tensor>> {
  const tensors = new Map<string, Tensor>();
  return holding(engine, new Map(results), async (left) => {
    for (const [name, handle] of results) {
      tensors.set(name, await engine.read(handle));
      engine.release(handle);
      left.delete(name);
    }
    return tensors;
  });
}

/** Runs `work` and frees the handles however it ends. */
export async function holding<H extends Handles, T>(
  engine: Engine,
  handles: H,
  work: (handles: H) => Promise<T>,
): Promise<T> {
  try {
    return await work(handles);
  } finally {
    releaseAll(engine, handles);
  }
}

/** The handles that a program has inputs for. */
export function readBy({ graph }: Program, handles: Handles): Map<string, Handle> {
  const names = new Set(graph.inputs.map(({ name }) => name));
  return new Map([...handles].filter(([name]) => names.has(name)));
}

/** Copies of tensors on an engine; the caller releases them. */
export function createAll(engine: Engine, tensors: Tensors): Map<string, Handle> {
  return new Map([...tensors].map(([name, tensor]) => [name, engine.create({ ...tensor, data: tensor.data.slice() })]));
}

/** Frees handles on the engine. */
export function releaseAll(engine: Engine, handles: Handles): void {
  for (const handle of handles.values()) engine.release(handle);
}
