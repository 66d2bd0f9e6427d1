// A contrastive loss over a whole optimizer batch of several micro-batches (compiler/build/divided.ts): the vectors of all of
// them are compared in one program, and each micro-batch continues its backward pass from the cotangents of its vectors.
import { minesWholeBatch, prefixes, type StageSpec } from "../../compiler/index.js";
import { stacked, type MicroBatch } from "../data/index.js";
import { zeros } from "../program/slots.js";
import { imagesIn } from "../program/sizes.js";
import type { TrainingProgram } from "../program/training-programs.js";
import type { Tensor, Tensors } from "../tensor.js";

/** What the gradients of an optimizer batch are accumulated from. */
export interface Shares {
  readonly microBatches: readonly MicroBatch[];
  /** The optimizer batch, if micro-batches read rows of each other. */
  readonly whole?: Tensors;
  /** Losses computed once for the whole batch instead of summed over micro-batches. */
  readonly losses: ReadonlyMap<string, number>;
}

/** Runs the programs of a step. */
export interface Pooling {
  readonly stage: StageSpec;
  readonly ranks: number;
  readonly microBatchesOf: (batch: MicroBatch) => MicroBatch[];
  /** Runs a program on these inputs and copies its results to the host; its sizes are those of `sized`, and of `whole`. */
  readonly run: (
    program: TrainingProgram,
    given: MicroBatch,
    sized: MicroBatch,
    whole?: Tensors,
  ) => Promise<ReadonlyMap<string, Tensor>>;
}

/** Losses of the whole batch, and its micro-batches with the cotangents of their vectors and their mined negatives. */
export async function pooled(batch: MicroBatch, pooling: Pooling): Promise<Shares> {
  const { run, microBatchesOf } = pooling;
  const withVectors = new Map([...batch.tensors, ...(await vectorsOf(batch, pooling))]);
  const results = await run("pool", { ...batch, tensors: withVectors }, { ...batch, tensors: new Map() });
  const { losses, bySample, byParameter } = sorted(results);
  const compared = { ...batch, tensors: new Map([...batch.tensors, ...bySample]) };
  const whole = new Map([...compared.tensors, ...(await fetched(compared, pooling))]);
  const microBatches = microBatchesOf({ ...batch, tensors: whole }).map((each, i) => {
    const once = [...byParameter].map(([name, tensor]) => [name, i === 0 ? tensor : zeros(tensor)] as const);
    return { ...each, tensors: new Map([...each.tensors, ...once]) };
  });
  return { microBatches, whole, losses };
}

/** The samples of other ranks that were mined for this rank's own; a single process already has all of them. */
async function fetched(batch: MicroBatch, { stage, ranks, run }: Pooling): Promise<Tensors> {
  if (ranks === 1 || !minesWholeBatch(stage)) return new Map();
  return run("fetch", batch, { ...batch, tensors: imagesIn(batch.tensors) });
}

/** The vectors of all micro-batches, concatenated. */
async function vectorsOf(batch: MicroBatch, { microBatchesOf, run }: Pooling): Promise<Tensors> {
  const parts = new Map<string, Tensor[]>();
  for (const microBatch of microBatchesOf(batch))
    for (const [name, tensor] of await run("vectors", microBatch, microBatch, batch.tensors))
      parts.set(name, [...(parts.get(name) ?? []), tensor]);
  return new Map([...parts].map(([name, tensors]) => [name, stacked(tensors)]));
}

/** Results of `pool`: losses, tensors with a row per sample, and cotangents of parameters. */
function sorted(results: Tensors) {
  const losses = new Map<string, number>();
  const [bySample, byParameter] = [new Map<string, Tensor>(), new Map<string, Tensor>()];
  for (const [name, tensor] of results) {
    if (name.startsWith(prefixes.loss)) losses.set(name.slice(prefixes.loss.length), tensor.data[0] ?? Number.NaN);
    else if (isOfParameter(name)) byParameter.set(name, tensor);
    else bySample.set(name, tensor);
  }
  return { losses, bySample, byParameter };
}

function isOfParameter(name: string): boolean {
  return name.startsWith(prefixes.cotangent) && !name.startsWith(`${prefixes.cotangent}${prefixes.pool}`);
}
