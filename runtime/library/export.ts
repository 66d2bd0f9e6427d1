// Exporting a trained model, for programs.
import { exportNamed, type Exported, type ExportRequest } from "../export/export.js";
import type { TrainedModel } from "../predict/model.js";
import { modelAt, type ModelChoice } from "./model.js";

/** Options of an export. */
export type ExportOptions = ModelChoice & ExportRequest;

/** Writes a trained model into a new folder; the results of its run are in a model card. Throws VlmoError. */
export async function exportModel(from: string | TrainedModel, options: ExportOptions): Promise<Exported> {
  return exportNamed(await modelAt(from, options), typeof from === "string" ? from : null, options);
}
