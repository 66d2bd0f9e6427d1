// What devices send each other, by formula and in the programs that they run.
import { expect, test } from "vitest";
import {
  buildFetch,
  buildGradient,
  buildPool,
  buildUpdate,
  type Program,
  type StageSpec,
} from "../../../compiler/index.js";
import { topological } from "../../../compiler/ir/graph.js";
import { sizeOf } from "../../../compiler/ir/types.js";
import { dividesPool } from "../../../compiler/heads/pools.js";
import { wireOf } from "../../../compiler/plan/wire.js";
import { shippedStage } from "../check/shipped.js";

/** Bytes that one of the ranks sends for the collectives of a program. */
function sent({ graph }: Program, ranks: number): number {
  return topological(graph.outputs.values()).reduce((sum, { op, inputs }) => {
    const bytes = inputs.reduce((all, { type }) => all + 4 * sizeOf(type.shape), 0);
    if (op === "allGather") return sum + (ranks - 1) * bytes;
    if (op === "reduceScatter") return sum + ((ranks - 1) / ranks) * bytes;
    return op === "allReduce" ? sum + ((2 * (ranks - 1)) / ranks) * bytes : sum;
  }, 0);
}

function programsOf(stage: StageSpec, ranks: number): Program[] {
  const capacity = new Map(stage.learn.map(({ head }) => [head.name, 8]));
  const sizes = { batch: stage.batch / ranks, capacity, ranks };
  if (!dividesPool(stage)) return [buildGradient(stage, sizes), buildUpdate(stage, sizes)];
  return [buildPool, buildFetch, buildUpdate].map((build) => build(stage, sizes));
}

test.each([
  { file: "vlmo-base.vlmo", name: "vision", batch: 8, micro: 8 },
  { file: "vlmo-base.vlmo", name: "fusion", batch: 8, micro: 8 },
  { file: "vlmo-base.vlmo", name: "fusion", batch: 8, micro: 4 },
  { file: "finetune/retrieval-coco.vlmo", name: "irtr_coco_base_384", batch: 8, micro: 8 },
])(
  "$name of $file, $batch samples in micro-batches of $micro: the programs' collectives",
  ({ file, name, batch, micro }) => {
    const stage = { ...shippedStage(file, name), batch, micro };
    const bytes = programsOf(stage, 4).reduce((sum, program) => sum + sent(program, 4), 0);
    // The sums of the losses themselves are left out.
    expect(Math.abs(wireOf(stage, 4).total - bytes)).toBeLessThan(100);
  },
);
