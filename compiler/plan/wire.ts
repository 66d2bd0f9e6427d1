// What the devices that share a batch send each other in an optimizer step, by collectives that pass parts around a ring: of
// N devices each sends N - 1 times its part to gather, as much to scatter sums, and both to sum (Patarasuk and Yuan 2009).
import { ruleOf } from "../heads/index.js";
import { dividesPool } from "../heads/pools.js";
import type { StageSpec } from "../spec/spec.js";
import { countsOf, sharedCountsOf } from "./counts.js";

/** Bytes that one device sends in a step. */
export interface WirePlan {
  /** Of the sums of all trained parameters' gradients; where the optimizer's state is shared, of the parameters too. */
  readonly gradients: number;
  /** Of samples that heads compare with those of other devices, and of their gradients. */
  readonly samples: number;
  readonly total: number;
}

/** Numbers travel as float32. */
const BYTES = 4;

/**
 * What each of so many devices sends; `shards`: where they share the optimizer's state, sums are scattered and parameters gathered, which
 * is as much but for what does not divide. Single numbers are left out.
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
