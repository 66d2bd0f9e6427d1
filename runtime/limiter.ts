// Limits how much work runs at a time.

/** Runs a task when a slot is free. */
export type Limited = <T>(work: () => Promise<T>) => Promise<T>;

/** Runs at most `most` tasks at a time, in the order they came. */
export function limiter(most: number): Limited {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (work) => {
    if (running >= most) await new Promise<void>((resolve) => waiting.push(resolve));
    else running += 1;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}
