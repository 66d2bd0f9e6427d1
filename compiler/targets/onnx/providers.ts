// The execution providers of ONNX Runtime that models are written for.
import { cpu, type Kernels } from "./kernels.js";
import { rules, type OnnxRules } from "./rules.js";
import { rules as webgpuRules, webgpu } from "./webgpu.js";

/** How a model is written for a provider. */
export interface Provider {
  readonly rules: OnnxRules;
  readonly kernels: Kernels;
}

/** By name; `any`: standard operators only, for any ONNX runtime. */
export const providers = {
  cpu: { rules, kernels: cpu },
  webgpu: { rules: webgpuRules, kernels: webgpu },
  any: { rules, kernels: { ...webgpu, splitOutputs: cpu.splitOutputs } },
} satisfies Readonly<Record<string, Provider>>;

/** Name of a provider. */
export type ProviderName = keyof typeof providers;
