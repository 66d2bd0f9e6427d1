// Ctrl-C: the first asks the run to finish its step and save, the second ends the process.
import { exits } from "./failure.js";
import type { Session } from "./session.js";

export interface Stop {
  readonly signal: AbortSignal;
  /** Gives Ctrl-C its usual meaning back. */
  release(): void;
}

const signals = ["SIGINT", "SIGTERM"] as const;

/** Listens for Ctrl-C and for a request to terminate. */
export function stopOnSignal(session: Session): Stop {
  const controller = new AbortController();
  const ask = (): void => {
    if (controller.signal.aborted) process.exit(exits.interrupted);
    controller.abort();
    session.remark("\nFinishing this step, then saving. Press Ctrl-C again to stop at once.");
  };
  for (const name of signals) process.on(name, ask);
  return {
    signal: controller.signal,
    release: () => {
      for (const name of signals) process.off(name, ask);
    },
  };
}
