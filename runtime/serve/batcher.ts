// Dynamic batching: questions that arrive at about the same time are answered together. One batch runs after the other, each
// with questions of one lane: that of the question waiting longest.
import { setTimeout as later } from "node:timers/promises";

/** A question waiting to be batched with others of its lane. */
export interface Waiting<Q> {
  readonly lane: string;
  readonly question: Q;
  /** Its cost, in ordinary questions. */
  readonly weight: number;
}

/** Options of a batcher. */
export interface BatcherOptions<Q, A> {
  /** The largest batch, in weights. */
  readonly most: number;
  /** Milliseconds that an incomplete batch waits for more questions. */
  readonly gathering: number;
  /** Answers questions of one lane, in their order. */
  readonly answer: (questions: readonly Q[]) => Promise<readonly A[]>;
}

/** Batches waiting questions. */
export interface Batcher<Q, A> {
  /** The answer to a question. One that is aborted before its batch is never computed. Rejects with the signal's reason. */
  ask(waiting: Waiting<Q>, signal: AbortSignal): Promise<A>;
  /** Resolves when nothing is being answered. */
  idle(): Promise<void>;
}

interface Entry<Q, A> extends Waiting<Q> {
  readonly resolve: (answer: A) => void;
  readonly reject: (reason: unknown) => void;
}

/** A batcher with an empty queue. */
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

/** The next batch, of the first question's lane: a power of two, so that few batch sizes need a program. */
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
    // An engine may compute on this thread: first let pending events run, such as other paths and timeouts of requests.
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
