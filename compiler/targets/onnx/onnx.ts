// The onnx target: operations for which ONNX Runtime has a CPU kernel stay whole. Attention does not: its gradient
// shares the attention weights with the forward pass, and the fused kernel is no faster.
import type { Target } from "../target.js";

/** Composites that stay whole for ONNX. */
export const onnx: Target = {
  native: new Set(["linear", "softmax", "layerNorm", "gelu", "crossEntropy", "crossEntropyGradient", "conv2d"]),
};
