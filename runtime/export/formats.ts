// The formats of export, by name. A format is a row.
import type { Format } from "./format.js";
import { huggingfaceFiles } from "./huggingface.js";
import { onnxFiles } from "./onnx.js";
import { safetensorsFiles } from "./safetensors.js";
import { torchFiles } from "./torch/torch.js";

/** By the name that `--to` takes. */
export const formats = {
  onnx: (exporting) => onnxFiles(exporting),
  safetensors: safetensorsFiles,
  huggingface: huggingfaceFiles,
  torch: torchFiles,
} as const satisfies Readonly<Record<string, Format>>;

/** The name of a format. */
export type FormatName = keyof typeof formats;
