// The training speed of this machine: a measured matrix product, times the share of its speed that a training step reaches.
import { availableParallelism } from "node:os";
import { probe } from "../doctor/probe.js";

/**
 * The share of the product's speed, in operations as a plan counts them: the quickstart's stages reach 0.17 (images) to 0.84
 * (pairs).
 */
const SHARE = 0.3;

/** Training operations per second on the default engine. */
export async function trainingSpeed(): Promise<number> {
  const { gflops } = await probe({ engine: "ort", backend: null, threads: availableParallelism() });
  return (gflops ?? 1) * 1e9 * SHARE;
}
