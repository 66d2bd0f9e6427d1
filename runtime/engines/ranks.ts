// The processes of one training, as each of them knows the others.
import type { Rank } from "../../compiler/index.js";

/** A rank among the others. */
export interface Ranks extends Rank {
  /**
   * What every rank gives at the same point of a run, by rank. Waits until all have given theirs; `patient`: also where
   * one of them evaluates or saves meanwhile. Rejects with V905 where one is gone or does not answer.
   */
  exchange(numbers: readonly number[], how?: { readonly patient: boolean }): Promise<readonly (readonly number[])[]>;
}

/** The largest of what each rank gives, number by number. */
export async function largest(ranks: Ranks, numbers: readonly number[]): Promise<number[]> {
  const given = await ranks.exchange(numbers);
  return numbers.map((_, i) => Math.max(...given.map((each) => each[i] ?? -Infinity)));
}
