// How fast this machine trains: a product of matrices, measured, and the share of its speed that a training step reaches.
import { availableParallelism } from "node:os";
import { probe } from "../doctor/probe.js";

/** Of the speed of products, by the operations that a plan counts: the quickstart's stages reach 0.17 (images) to 0.84 (pairs). */
const SHARE = 0.3;

/** Operations of training a second on the usual engine. */
export async function trainingSpeed(): Promise<number> {
  const { gflops } = await probe({ engine: "ort", backend: null, threads: availableParallelism() });
  return (gflops ?? 1) * 1e9 * SHARE;
}
