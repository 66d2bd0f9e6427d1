// The public API of the onnx target.
export { onnx } from "./onnx.js";
export { freeBatch, type ForBatch } from "./free-batch.js";
export { overwrites, type MayOverwrite } from "./overwrites.js";
export { encodeModel, type OnnxModel } from "./proto.js";
export type { ProviderName } from "./providers.js";
export { withWeights } from "./stand-alone.js";
export { inputName, outputName, writeOnnx } from "./write.js";
