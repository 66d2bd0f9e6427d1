// Traffic between the devices that share a batch, per optimizer step, by ring collectives: with N devices each sends
// N - 1 times its part for an all-gather, as much for a reduce-scatter, and both for an all-reduce (Patarasuk and Yuan
// 2009).
import { ruleOf } from "../heads/index.js";
import { dividesPool } from "../heads/pools.js";
import type { StageSpec } from "../spec/spec.js";
import { countsOf, sharedCountsOf } from "./counts.js";

/** Bytes that one device sends in a step. */
export interface WirePlan {
  /** For summing the gradients of all trained parameters; where the optimizer's state is sharded, for the parameters too. */
  readonly gradients: number;
  /** For the samples that heads compare with those of other devices, and for their gradients. */
  readonly samples: number;
  readonly total: number;
}

/** Numbers are sent as float32. */
const BYTES = 4;

/**
 * Traffic of each device. With `shards` the optimizer's state is sharded: reduce-scatter and all-gather instead of
 * all-reduce, which sends as much except for padding. Scalars are left out.
 */
export function wireOf(stage: StageSpec, devices: number, shards = false): WirePlan {
  const divided = dividesPool(stage);
  const elements = stage.learn.reduce((sum, { head }) => {
    const { there, back } = ruleOf(head).exchanged?.(stage, head, divided) ?? { there: 0, back: 0 };
    return sum + there + back;
  }, 0);
  const others = (devices - 1) / devices;
  const trained = shards ? sharedCountsOf(stage, devices).exchanged : countsOf(stage).trained;
  const gradients = 2 * others * BYTES * trained;
  const samples = others * BYTES * stage.batch * elements;
  return { gradients, samples, total: gradients + samples };
}
