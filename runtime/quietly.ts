// Promises that are awaited later than at once.

/** The same promise: its rejection reaches whoever awaits it, and nobody before, which would end the process. */
export function quietly<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}
