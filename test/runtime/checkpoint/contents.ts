// Checkpoints for tests: every tensor identifies its save, so that mixtures are detected. Does not import the test runner,
// as the child process of the kill test runs it too.
import type { CheckpointContents } from "../../../runtime/checkpoint/folder.js";
import { float32, int32, type Tensor } from "../../../runtime/tensor.js";

export interface ContentsOptions {
  readonly step: number;
  readonly stage?: string;
  readonly score?: number | null;
  /** Elements of each of the tensors. */
  readonly size?: number;
}

/** The contents of save number `step`: all elements of all tensors equal `step`. */
export function contentsOf({ step, stage = "fusion", score = null, size = 10 }: ContentsOptions): CheckpointContents {
  const filled = () => float32([size], new Float32Array(size).fill(step));
  const names = ["a", "b", "c"];
  const parameters = new Map<string, Tensor>(names.map((name) => [name, filled()]));
  const moments = names.flatMap((name): [string, Tensor][] => [
    [`${name}.m`, filled()],
    [`${name}.v`, { dtype: "float32", shape: [1], data: Float64Array.of(step + 1 / 3) }],
  ]);
  return {
    facts: {
      ...{ vlmo: "0.1.0", stage, step, finished: false, score, best: null },
      spec: { file: "specs/quickstart.vlmo", hash: "0".repeat(64), meaning: {} },
      course: null,
      data: [{ name: "world", records: "shapes" }],
      seeds: { run: 1 },
      counters: { noise: step * 4 },
      position: { epoch: 0, item: step * 16 },
      engine: { name: "ort", version: "1.30.0", threads: 2, precision: "float32" },
      provenance: { data: ["shapes"], stages: [{ stage: "vision", steps: 100 }], imported: null },
      metrics: { loss: 1 / 3, recall: null },
    },
    parameters,
    optimizer: new Map([...moments, ["step", int32([], Int32Array.of(step))]]),
    vocabulary: ["[PAD]", `token${step}`],
    specification: null,
  };
}
