// Parameters by our names, from a checkpoint folder or from one .safetensors file.
import { stat } from "node:fs/promises";
import { readSafetensors, type ReadOptions } from "../formats/safetensors.js";
import type { Tensor } from "../tensor.js";
import { readCheckpoint } from "./folder.js";

/**
 * The parameters at `path`: of the checkpoint, if it is a folder, else of the file. `wide` keeps float64. Throws as
 * `readCheckpoint` and `readSafetensors`.
 */
export async function readParameters(path: string, { wide = false }: ReadOptions = {}): Promise<Map<string, Tensor>> {
  const isFile = await stat(path).then(
    (status) => status.isFile(),
    () => path.endsWith(".safetensors"),
  );
  if (isFile) return readSafetensors(path, { wide });
  return (await readCheckpoint(path, { wide, optimizer: false })).parameters;
}
