// Questions that come at about the same time, asked together: one batch after the other, each of questions of one lane, in
// the order of the first that waits.
import { setTimeout as later } from "node:timers/promises";

/** A question that waits to be asked with others of its lane. */
export interface Waiting<Q> {
  readonly lane: string;
  readonly question: Q;
  /** How many usual questions it is as much work as. */
  readonly weight: number;
}

/** What a batcher works with. */
export interface BatcherOptions<Q, A> {
  /** Questions of a batch, by their weights. */
  readonly most: number;
  /** Milliseconds that a batch which is not full waits for more. */
  readonly gathering: number;
  /** Answers questions of one lane, in their order. */
  readonly answer: (questions: readonly Q[]) => Promise<readonly A[]>;
}

/** Asks what waits. */
export interface Batcher<Q, A> {
  /** The answer to a question. One that is given up before its turn is never asked. Rejects with the signal's reason. */
  ask(waiting: Waiting<Q>, signal: AbortSignal): Promise<A>;
  /** Resolves when nothing is being answered. */
  idle(): Promise<void>;
}

interface Entry<Q, A> extends Waiting<Q> {
  readonly resolve: (answer: A) => void;
  readonly reject: (reason: unknown) => void;
}

/** A batcher with nothing to do. */
export function createBatcher<Q, A>({ most, gathering, answer }: BatcherOptions<Q, A>): Batcher<Q, A> {
  let queue: Entry<Q, A>[] = [];
  let working: Promise<void> | null = null;
  const work = async (): Promise<void> => {
    while (queue.length > 0) {
      if (nextOf(queue, most).length < most) await later(gathering);
      const batch = nextOf(queue, most);
      queue = queue.filter((entry) => !batch.includes(entry));
      await answered(batch, answer);
    }
    working = null;
  };
  return {
    ask: (waiting, signal) =>
      new Promise((resolve, reject) => {
        const entry = { ...waiting, resolve, reject };
        const giveUp = (): void => {
          queue = queue.filter((each) => each !== entry);
          reject(signal.reason);
        };
        if (signal.aborted) return giveUp();
        signal.addEventListener("abort", giveUp, { once: true });
        queue.push(entry);
        working ??= work();
      }),
    idle: async () => {
      await working;
    },
  };
}

/** Those that are asked next, of the lane of the first: a power of two, so that few sizes of batches need a program. */
function nextOf<Q, A>(queue: readonly Entry<Q, A>[], most: number): Entry<Q, A>[] {
  const [first] = queue;
  const lane = queue.filter(({ lane }) => lane === first?.lane);
  let [count, weight] = [0, 0];
  while (count < lane.length && (count === 0 || weight + (lane[count]?.weight ?? 0) <= most)) {
    weight += lane[count]?.weight ?? 0;
    count += 1;
  }
  return lane.slice(0, 2 ** Math.floor(Math.log2(Math.max(1, count))));
}

async function answered<Q, A>(batch: readonly Entry<Q, A>[], answer: BatcherOptions<Q, A>["answer"]): Promise<void> {
  if (batch.length === 0) return;
  try {
    const answers = await answer(batch.map(({ question }) => question));
    // Where an engine computes on this thread, what is due by now waits for it: other paths, and requests that took too long.
    await later(0);
    batch.forEach(({ resolve, reject }, i) => {
      const own = answers[i];
      if (own === undefined) reject(new Error("internal: a question without its answer"));
      else resolve(own);
    });
  } catch (error) {
    for (const { reject } of batch) reject(error);
  }
}
