// Where the ranks of one training meet that run in one process: each waits until all have brought something.

/** Brings something of a rank and gives what all have brought, by rank. */
export type Meet = <T>(rank: number, brought: T) => Promise<readonly T[]>;

interface Round {
  readonly brought: Map<number, unknown>;
  readonly all: Promise<readonly unknown[]>;
  readonly end: (all: readonly unknown[]) => void;
}

/** A meeting place of that many, who come as often as each other and in the same order. */
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
    return (await all) as readonly T[]; // all bring the same kind of thing: they run the same program
  };
}
