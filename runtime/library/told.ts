// From work that tells what it does to an async iterator of that.
import { quietly } from "../quietly.js";

/** Tells one thing; settles when the reader asks for the next one. */
export type Tell<T> = (item: T) => Promise<void>;

/**
 * What `work` reports, in order. Work that awaits `tell` continues when the reader asks for more. A reader who leaves
 * (`break`) has its signal say so, and gets away when the work has ended; what the work throws otherwise, the reader gets.
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
