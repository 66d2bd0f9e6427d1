// Turns work that reports events into an async iterator of them.
import { quietly } from "../quietly.js";

/** Reports one item; settles when the reader requests the next one. */
export type Tell<T> = (item: T) => Promise<void>;

/**
 * The items that `work` reports, in order. Work that awaits `tell` continues when the reader requests more. When the reader
 * leaves (`break`), the signal `left` is aborted, and the loop ends when the work has ended; other errors of the work are
 * thrown to the reader.
 */
export async function* told<T>(work: (tell: Tell<T>, left: AbortSignal) => Promise<unknown>): AsyncGenerator<T, void> {
  const left = new AbortController();
  const { signal } = left;
  const waiting: { readonly item: T; readonly goOn: () => void }[] = [];
  const state = { isOver: false, isLeft: false, wake: (): void => undefined };
  const tell: Tell<T> = (item) =>
    new Promise((goOn) => {
      if (state.isLeft) return goOn();
      waiting.push({ item, goOn });
      state.wake();
    });
  const ended = quietly(
    work(tell, signal)
      .catch((error: unknown) => {
        if (!signal.aborted || error !== signal.reason) throw error;
      })
      .finally(() => {
        state.isOver = true;
        state.wake();
      }),
  );
  try {
    for (;;) {
      const next = waiting[0];
      if (next !== undefined) {
        yield next.item;
        waiting.shift();
        next.goOn();
      } else if (state.isOver) return;
      else await new Promise<void>((resolve) => (state.wake = resolve));
    }
  } finally {
    state.isLeft = true;
    left.abort();
    for (const { goOn } of waiting) goOn();
    await ended;
  }
}
