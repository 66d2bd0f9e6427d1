// Codes of engines: failures to open, and failures while computing. `codes.ts` joins them with the others.
import type { CodeEntry } from "./data-codes.js";

/** By code. */
export const engineCodes = {
  V936: {
    message: (h: { engine: string; reason: string }) => `the engine \`${h.engine}\` failed: ${h.reason}`,
    help: "if memory ran out, use a smaller `batch` or `micro`; otherwise try another --engine",
    explain: "An engine failed while running a program, usually because memory ran out.",
  },
  V946: {
    message: (h: { reason: string }) => `the backend \`webgpu\` finds no GPU here: ${h.reason}`,
    help: "leave out --backend, which computes on the processor",
    explain:
      "`--engine ort --backend webgpu` computes on a GPU through WebGPU, which on Linux needs Vulkan: the loader `libvulkan.so.1`, and a " +
      "driver that it finds by the files in `/usr/share/vulkan/icd.d`, or those that `VK_ICD_FILENAMES` names. Containers often lack both.",
  },
  V947: {
    message: (h: { tensor: string; program: string; needs: string; largest: string }) =>
      `${h.tensor} of \`${h.program}\` takes ${h.needs}, and a tensor on this GPU at most ${h.largest}`,
    help: "use a smaller `micro` or vocabulary, or leave out --backend, which computes on the processor",
    explain: "WebGPU keeps a tensor in one buffer, for whose size each GPU and its driver have a limit.",
  },
  V966: {
    message: (h: { engine: string; reason: string }) => `the engine \`${h.engine}\` cannot be used here: ${h.reason}`,
    help: "choose another with --engine: ort, tfjs, torch or reference",
    explain: "An engine's library is not installed or does not load here, or it has no such backend or operation.",
  },
} as const satisfies Readonly<Record<string, CodeEntry>>;
