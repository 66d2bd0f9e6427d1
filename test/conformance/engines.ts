// The engines that are compared with `reference`. A new one gets a row here, which `tsc` requires.
import { engines, type Engine } from "../../runtime/engines/index.js";
import { lower, torchWith, type Graph } from "../../compiler/index.js";
import { inBfloat16, rounding } from "../support/bfloat16.js";
import type { Tolerance } from "../support/evaluate.js";
import { hasTorch, openTorchAsOnCuda } from "../support/torch.js";
import { hasWebgpu } from "../support/webgpu.js";

export interface Conforming {
  readonly title: string;
  readonly open: () => Promise<Engine>;
  readonly tolerance: Tolerance;
  /** `npm test` runs one in this many whole stages: compiling shaders for a CPU driver takes long. */
  readonly every: number;
  /** Rewrites the graph that `reference` computes, if it differs from the engine's. */
  readonly oracle?: (graph: Graph) => Graph;
}

/** float32 has a 24-bit significand; sums of a few dozen terms lose at most three bits. */
const float32: Tolerance = { absolute: 1e-6, relative: 2e-6 };

/** Further backends, if installed: `VLMO_CONFORMANCE_TFJS=node npx vitest run test/conformance test/runtime/engines/tfjs.test.ts`. */
export const installedTfjs = process.env["VLMO_CONFORMANCE_TFJS"]?.split(",") ?? [];

/** If PyTorch is installed; on a GPU with `VLMO_CONFORMANCE_TORCH=cuda`. */
const torch = hasTorch ? (process.env["VLMO_CONFORMANCE_TORCH"] ?? "cpu").split(",") : [];

/** CUDA's attention kernels emulated on the CPU, to test the code that calls them, forward and backward. */
const asOnCuda: readonly Conforming[] = [
  {
    title: "torch with CUDA's attention",
    open: () => openTorchAsOnCuda("float32"),
    tolerance: float32,
    every: 1,
  },
  {
    title: "torch with CUDA's attention in bfloat16",
    open: () => openTorchAsOnCuda("bfloat16"),
    tolerance: rounding,
    oracle: (graph) => lower(graph, torchWith("efficient", "bfloat16"), "bfloat16"),
    every: 1,
  },
];

const rows = {
  ort: ["cpu", ...(hasWebgpu ? ["webgpu"] : [])].map((backend) => ({
    title: `ort on ${backend}`,
    open: () => engines.ort({ threads: 1, backend }),
    tolerance: float32,
    every: backend === "webgpu" ? 4 : 1,
  })),
  tfjs: ["cpu", "wasm", ...installedTfjs].map((backend) => ({
    title: `tfjs on ${backend}`,
    open: () => engines.tfjs({ threads: 1, backend }),
    tolerance: float32,
    every: 1,
  })),
  torch: [
    ...torch.flatMap((backend) => [
      {
        title: `torch on ${backend}`,
        open: () => engines.torch({ threads: 1, backend }),
        tolerance: float32,
        every: 1,
      },
      {
        title: `torch on ${backend} in bfloat16`,
        open: () => engines.torch({ threads: 1, backend, precision: "bfloat16" }),
        tolerance: rounding,
        oracle: inBfloat16,
        every: 1,
      },
    ]),
    ...(hasTorch ? asOnCuda : []),
  ],
} satisfies { readonly [Name in Exclude<keyof typeof engines, "reference">]: readonly Conforming[] };

export const conforming: readonly Conforming[] = Object.values(rows).flat();
