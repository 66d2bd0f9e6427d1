// A trained model as files for other programs, for programs.
import { layouts, type Layout } from "../checkpoint/index.js";
import { exportModel as exportAll, type Exported } from "../export/export.js";
import type { FormatName } from "../export/formats.js";
import { measured } from "../export/measured.js";
import type { TrainedModel } from "../predict/model.js";
import { version } from "../version.js";
import { modelAt, type ModelChoice } from "./model.js";

/** What is written. */
export interface ExportOptions extends ModelChoice {
  readonly to: FormatName;
  /** A new folder. */
  readonly out: string;
  /** Of `onnx`: which head answers; default the one that the stage learns. */
  readonly head?: string;
  /** Of `onnx`: programs for batches of just so many; default of any size. */
  readonly batch?: number;
  /** Of `safetensors`: how tensors are named; default `vlmo_ts`. */
  readonly layout?: Layout["name"];
  /** Of `safetensors`: parameters that the layout may leave out, by name; `*` stands for anything. */
  readonly allowMissing?: readonly string[];
}

/** Writes a trained model into a new folder; the results of its run are in a model card. Throws VlmoError. */
export async function exportModel(from: string | TrainedModel, options: ExportOptions): Promise<Exported> {
  const { to, out, head = null, batch = null, layout = "vlmo_ts", allowMissing = [] } = options;
  const model = await modelAt(from, options);
  const isRun = typeof from === "string" && model.folder !== from;
  const evaluations = isRun ? await measured(from, model.manifest) : [];
  return exportAll(out, to, {
    model,
    version: version(),
    head,
    batch,
    layout: layouts[layout],
    allowMissing,
    evaluations,
  });
}
