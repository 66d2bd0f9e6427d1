// A trained model as a folder of files for other programs, renamed into place when complete.
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { layouts, type Layout } from "../checkpoint/index.js";
import { replaceFolder } from "../checkpoint/replace.js";
import { writeAtomically, writeTextAtomically } from "../formats/atomic.js";
import { expectEmpty } from "../formats/make-folder.js";
import { writeSafetensors } from "../formats/safetensors.js";
import type { TrainedModel } from "../predict/model.js";
import { float32 } from "../tensor.js";
import { version } from "../version.js";
import type { Content, Exporting } from "./format.js";
import { formats, type FormatName } from "./formats.js";
import { measured } from "./measured.js";

/** The outcome of an export. */
export interface Exported {
  readonly files: readonly { readonly name: string; readonly bytes: number }[];
  /** Notes for the user. */
  readonly notes: readonly string[];
}

/** The options of an export. */
export interface ExportRequest {
  readonly to: FormatName;
  /** A new folder. */
  readonly out: string;
  /** For `onnx`: the head to export; default the one that the stage trains. */
  readonly head?: string;
  /** For `onnx`: a fixed batch size; default any size. */
  readonly batch?: number;
  /** For `safetensors`: the naming of tensors; default `vlmo_ts`. */
  readonly layout?: Layout["name"];
  /** For `safetensors`: parameters that may be left out of the file, by name; `*` is a wildcard. */
  readonly allowMissing?: readonly string[];
}

/**
 * Exports a model that was `named` by a path or not (null). For a run folder its results go into the model card. Throws as
 * `exportModel`.
 */
export async function exportNamed(
  model: TrainedModel,
  named: string | null,
  { to, out, head, batch, layout = "vlmo_ts", allowMissing = [] }: ExportRequest,
): Promise<Exported> {
  const isOfRun = named !== null && named !== model.folder;
  const evaluations = isOfRun ? await measured(named, model.manifest) : [];
  const request = { head: head ?? null, batch: batch ?? null, layout: layouts[layout], allowMissing };
  return exportModel(out, to, { model, version: version(), evaluations, ...request });
}

/** Writes the model into a new or empty folder. Throws V971, V972, V923, V977, and then leaves nothing behind. */
export async function exportModel(folder: string, to: FormatName, exporting: Exporting): Promise<Exported> {
  await expectEmpty(folder);
  const { files, notes } = formats[to]({ ...exporting, model: inFloat32(exporting.model) });
  await replaceFolder(folder, async (unfinished) => {
    for (const [name, content] of files) await write(join(unfinished, name), content);
  });
  const names = [...files.keys()];
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(folder, name))).size));
  return { files: names.map((name, i) => ({ name, bytes: sizes[i] ?? 0 })), notes };
}

/** Parameters saved by the float64 engine are rounded to float32, as other programs expect. */
function inFloat32(model: TrainedModel): TrainedModel {
  const narrowed = [...model.parameters].map(([name, tensor]) => {
    const { data, shape } = tensor;
    return [name, data instanceof Float64Array ? float32(shape, Float32Array.from(data)) : tensor] as const;
  });
  return { ...model, parameters: new Map(narrowed) };
}

async function write(path: string, content: Content): Promise<void> {
  if ("text" in content) return writeTextAtomically(path, content.text);
  if ("tensors" in content) return void (await writeSafetensors(path, content.tensors, content.metadata));
  return writeAtomically(path, async (handle) => {
    for (const part of content.bytes) await handle.writeFile(part);
  });
}
