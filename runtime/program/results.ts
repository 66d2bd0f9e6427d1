// Results of a run, brought to the host.
import type { Engine, Handles } from "../engines/index.js";
import type { Tensor } from "../tensor.js";

/** The tensors of all results, which are then freed on the engine. */
export async function readAll(engine: Engine, results: Handles): Promise<Map<string, Tensor>> {
  const tensors = new Map<string, Tensor>();
  for (const [name, handle] of results) {
    tensors.set(name, await engine.read(handle));
    engine.release(handle);
  }
  return tensors;
}
