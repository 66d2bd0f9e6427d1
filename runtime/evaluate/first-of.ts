// The best few of many candidates, for several queries at once.

/** A candidate. */
export interface Scored {
  readonly row: number;
  readonly score: number;
}

/** The best few candidates of every query, in typed arrays: most offers are rejected. */
export class FirstOf {
  private readonly rows: Int32Array;
  private readonly scores: Float32Array;
  private readonly held: Int32Array;

  constructor(
    private readonly queries: number,
    private readonly room: number,
  ) {
    this.rows = new Int32Array(queries * room);
    this.scores = new Float32Array(queries * room).fill(Number.NEGATIVE_INFINITY);
    this.held = new Int32Array(queries);
  }

  /** Inserts a candidate before those with lower scores; in a tie the earlier one stays first. */
  offer(query: number, row: number, score: number): void {
    const { rows, scores, held, room } = this;
    const from = query * room;
    const count = held[query] ?? 0;
    if (count === room && !(score > (scores[from + room - 1] ?? 0))) return;
    let place = from + Math.min(count, room - 1);
    for (; place > from && score > (scores[place - 1] ?? 0); place--) {
      scores[place] = scores[place - 1] ?? 0;
      rows[place] = rows[place - 1] ?? 0;
    }
    scores[place] = score;
    rows[place] = row;
    held[query] = Math.min(count + 1, room);
  }

  /** By query: the kept candidates, best first. */
  lists(): Scored[][] {
    const { rows, scores, held, room } = this;
    return Array.from({ length: this.queries }, (_, query) =>
      Array.from({ length: held[query] ?? 0 }, (__, i) => ({
        row: rows[query * room + i] ?? 0,
        score: scores[query * room + i] ?? 0,
      })),
    );
  }
}
