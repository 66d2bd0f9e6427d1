// Codes of how a run computes: compiled (V544), and its precision (V994, V995).
import type { CodeEntry } from "./data-codes.js";

/** Codes of engines and runs. */
export const precisionCodes = {
  V544: {
    message: (h: { engine: string }) => `the engine \`${h.engine}\` does not compile programs`,
    help: "choose --engine torch, or leave out --compile",
    explain:
      "--compile hands programs to torch.compile, which is PyTorch's. ONNX Runtime optimises every program that it loads, " +
      "without being asked; the other engines run operations one by one.",
  },
  V994: {
    message: (h: { what: string; precision: string }) => `${h.what} does not compute in \`${h.precision}\``,
    help: "choose --engine torch (tf32: on a CUDA device), or leave out --precision, which is float32 then",
    explain:
      "Products in bfloat16 or TensorFloat-32 are computed by PyTorch: bfloat16 on processors and CUDA devices, TensorFloat-32 " +
      "on CUDA devices only. The other engines compute in float32, and nothing is rounded without being asked for.",
  },
  V995: {
    message: (h: { stage: string; before: string; now: string }) =>
      `stage \`${h.stage}\` was trained in ${h.before} so far, and would now continue in ${h.now}`,
    help: "give the --precision that it was begun with, or start a new run with another --out",
    explain:
      "The precision of products is part of a run: its curves would not say where it changed. A later stage may have " +
      "another one than the stage that it comes from; checkpoints are float32 in any.",
  },
} as const satisfies Readonly<Record<string, CodeEntry>>;
