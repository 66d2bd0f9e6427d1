// Long work on this thread that lets others have a turn now and then: signals first of all, and what else is under way.
import { setImmediate } from "node:timers/promises";

/** Milliseconds that nobody minds waiting. */
const TURN = 20;

/** The same items; between two of them, now and then, others have their turn. */
export async function* inTurns<T>(items: Iterable<T>): AsyncGenerator<T, void, void> {
  let since = performance.now();
  for (const item of items) {
    yield item;
    if (performance.now() - since < TURN) continue;
    await turn();
    since = performance.now();
  }
}

/** Lets others have their turn now. */
export async function turn(): Promise<void> {
  await setImmediate();
}

/** The numbers from 0 up to `end`, `step` apart. */
export function* stepsTo(end: number, step: number): Generator<number, void, void> {
  for (let at = 0; at < end; at += step) yield at;
}
