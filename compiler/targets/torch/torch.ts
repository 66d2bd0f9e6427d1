// What PyTorch takes as one operation on every device.
import type { Target } from "../target.js";

/** What is left whole for PyTorch. */
export const torch: Target = {
  native: new Set([
    "linear",
    "softmax",
    "layerNorm",
    "layerNormGradient",
    "gelu",
    "geluGradient",
    "crossEntropy",
    "conv2d",
    "adamw",
  ]),
};
