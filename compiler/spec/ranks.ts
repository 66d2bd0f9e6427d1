// How the samples of an optimizer batch are divided among the processes (ranks) of a training.

/** One of several processes that share each step. */
export interface Rank {
  /** Counts from 0. */
  readonly rank: number;
  readonly ranks: number;
}

/**
 * Indices in the optimizer batch of a rank's samples, ascending: an equal share of each micro-batch, so that all ranks
 * together process the micro-batches that one process would.
 */
export function itemsOfRank({ batch, micro }: { batch: number; micro: number }, { rank, ranks }: Rank): number[] {
  const items: number[] = [];
  for (let start = 0; start < batch; start += micro) {
    const share = (Math.min(batch, start + micro) - start) / ranks;
    for (let i = 0; i < share; i++) items.push(start + rank * share + i);
  }
  return items;
}
