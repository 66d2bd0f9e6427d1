// All-gather for ranks that run in one process: each waits until all have brought a value.

/** Brings the value of a rank and returns those of all, by rank. */
export type Meet = <T>(rank: number, brought: T) => Promise<readonly T[]>;

interface Round {
  readonly brought: Map<number, unknown>;
  readonly all: Promise<readonly unknown[]>;
  readonly end: (all: readonly unknown[]) => void;
}

/** For that many ranks, which must call it equally often and in the same order. */
export function meetingOf(ranks: number): Meet {
  const begin = (): Round => {
    let end: Round["end"] = () => undefined;
    const all = new Promise<readonly unknown[]>((resolve) => (end = resolve));
    return { brought: new Map(), all, end };
  };
  let round = begin();
  return async <T>(rank: number, brought: T) => {
    const { all } = round;
    round.brought.set(rank, brought);
    if (round.brought.size === ranks) {
      const complete = round;
      round = begin();
      complete.end(Array.from({ length: ranks }, (_, each) => complete.brought.get(each)));
    }
    return (await all) as readonly T[]; // all values have one type, since all ranks run the same program
  };
}
