// The onnx target: what ONNX Runtime's CPU kernels have as one operation stays whole. Attention does not: its gradient
// shares the weights with the forward pass, and the fused kernel is no faster.
import type { Target } from "../target.js";

/** What is left whole for ONNX. */
export const onnx: Target = {
  native: new Set(["linear", "softmax", "layerNorm", "gelu", "crossEntropy", "crossEntropyGradient", "conv2d"]),
};
