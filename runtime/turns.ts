// Long work on this thread that regularly yields to the event loop, above all for signals.

/** Milliseconds between two yields. */
const TURN = 20;

/** The same items, yielding to the event loop at intervals. */
export async function* inTurns<T>(items: Iterable<T>): AsyncGenerator<T, void, void> {
  const rest = turns();
  for (const item of items) {
    yield item;
    const turn = rest();
    if (turn !== null) await turn;
  }
}

/** For work of many small parts: called between them, it returns a promise when it is time to yield, which is rare. */
export function turns(): () => Promise<void> | null {
  let since = performance.now();
  return () => {
    if (performance.now() - since < TURN) return null;
    return turn().then(() => void (since = performance.now()));
  };
}

/** Yields to the event loop. */
export function turn(): Promise<void> {
  return new Promise((resolve) => later(resolve));
}

/** Browsers have no `setImmediate`, and throttle timers. */
const later: (work: () => void) => unknown = globalThis.setImmediate ?? byMessage;

function byMessage(work: () => void): void {
  const { port1, port2 } = new MessageChannel();
  // Boundary: a browser's port, whose events differ from Node's.
  const port = port1 as unknown as { onmessage: () => void };
  port.onmessage = () => {
    port1.close();
    work();
  };
  port2.postMessage(null);
}

/** The numbers from 0 up to `end`, `step` apart. */
export function* stepsTo(end: number, step: number): Generator<number, void, void> {
  for (let at = 0; at < end; at += step) yield at;
}
