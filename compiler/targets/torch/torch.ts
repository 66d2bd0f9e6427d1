// Composites that PyTorch computes as one operation.
import type { Precision } from "../../ir/precision.js";
import type { Target } from "../target.js";
import { attentionTaken, type AttentionKernel } from "./attention.js";

/** Composites that stay whole for PyTorch on every device. */
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

/**
 * The same plus the attention that a kernel computes, for programs that run where there is such a kernel; null: on any
 * device.
 */
export function torchWith(kernel: AttentionKernel | null, precision: Precision): Target {
  if (kernel === null) return torch;
  const native = new Set([...torch.native, "attention", "attentionGradient"] as const);
  return { native, takes: attentionTaken(kernel, precision) };
}
