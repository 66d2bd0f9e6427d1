// The traffic between devices: by formula, and in the programs they run.
import { expect, test } from "vitest";
import {
  buildFetch,
  buildFinal,
  buildGradient,
  buildPool,
  buildStep,
  type Program,
  type StageSpec,
} from "../../../compiler/index.js";
import { topological } from "../../../compiler/ir/graph.js";
import { sizeOf } from "../../../compiler/ir/types.js";
import { dividesPool } from "../../../compiler/heads/pools.js";
import { wireOf } from "../../../compiler/plan/wire.js";
import { isLong } from "../../support/long.js";
import { shippedStage } from "../check/shipped.js";

/** Bytes that one rank sends for the collectives of a program. */
function sent({ graph }: Program, ranks: number): number {
  return topological(graph.outputs.values()).reduce((sum, { op, inputs }) => {
    const bytes = inputs.reduce((all, { type }) => all + 4 * sizeOf(type.shape), 0);
    if (op === "allGather") return sum + (ranks - 1) * bytes;
    if (op === "reduceScatter") return sum + ((ranks - 1) / ranks) * bytes;
    return op === "allReduce" ? sum + ((2 * (ranks - 1)) / ranks) * bytes : sum;
  }, 0);
}

/** The programs with collectives that a step runs, for one micro-batch and for two. */
function programsOf(stage: StageSpec, ranks: number, shards: boolean): Program[] {
  const capacity = new Map(stage.learn.map(({ head }) => [head.name, 8]));
  const sizes = { batch: stage.micro / ranks, capacity, ranks, shards };
  const whole = { ...sizes, batch: stage.batch / ranks };
  if (dividesPool(stage)) return [buildPool(stage, whole), buildFetch(stage, whole), buildFinal(stage, sizes)];
  return stage.micro === stage.batch
    ? [buildStep(stage, sizes)]
    : [buildGradient(stage, sizes), buildFinal(stage, sizes)];
}

test.each([
  { file: "vlmo-base.vlmo", name: "vision", batch: 8, micro: 8 },
  { file: "vlmo-base.vlmo", name: "fusion", batch: 8, micro: 8 },
  { file: "vlmo-base.vlmo", name: "fusion", batch: 8, micro: 4 },
  { file: "finetune/retrieval-coco.vlmo", name: "irtr_coco_base_384", batch: 8, micro: 8 },
  ...(isLong ? [{ file: "vlmo-base.vlmo", name: "fusion", batch: 8, micro: 4, shards: true }] : []),
  // Three ranks do not divide every matrix evenly.
  { file: "vlmo-base.vlmo", name: "language", batch: 12, micro: 6, ranks: 3, shards: true },
])(
  "the formula equals the programs' collectives: $name of $file, $batch samples in micro-batches of $micro",
  ({ file, name, batch, micro, ranks = 4, shards = false }) => {
    const stage = { ...shippedStage(file, name), batch, micro };
    const bytes = programsOf(stage, ranks, shards).reduce((sum, program) => sum + sent(program, ranks), 0);
    // Scalars are left out: the sums of losses and of gradient norms.
    expect(Math.abs(wireOf(stage, ranks, shards).total - bytes)).toBeLessThan(100);
  },
);
