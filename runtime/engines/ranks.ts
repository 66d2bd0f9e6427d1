// The processes (ranks) of one training, as seen by each of them.
import type { Rank } from "../../compiler/index.js";

/** This process among the others. */
export interface Ranks extends Rank {
  /**
   * All-gather of a few numbers at the same point of a run, by rank. Waits for all ranks; `patient`: as long as it takes, while
   * one of them evaluates or saves. Rejects with V905 if one is gone or does not answer.
   */
  exchange(numbers: readonly number[], how?: { readonly patient: boolean }): Promise<readonly (readonly number[])[]>;
}

/** The elementwise maximum over ranks. */
export async function largest(ranks: Ranks, numbers: readonly number[]): Promise<number[]> {
  const given = await ranks.exchange(numbers);
  return numbers.map((_, i) => Math.max(...given.map((each) => each[i] ?? -Infinity)));
}
