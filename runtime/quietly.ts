// Promises that are awaited later.

/** The same promise, marked as handled: a rejection before it is awaited would otherwise end the process. */
export function quietly<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}
