// Requests to end a run: Ctrl-C and Ctrl-\\, a request to terminate, a terminal that closes, and the end of the sweep that
// started it. The first lets it finish its step and save, where there is something to save; the second ends it as it stands,
// and so does the first otherwise.
import { constants } from "node:os";
import type { Listener } from "../train/listener.js";
import type { Session } from "./session.js";

const signals = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"] as const;
type Signal = (typeof signals)[number];

/** The exit code of a process that a signal ended, as shells count. */
const exitOf = (name: Signal): number => 128 + constants.signals[name];

/** A run's stop signal. */
export interface Stop {
  /** Asks the run to finish its step, save and return. */
  readonly signal: AbortSignal;
  /** The exit code of a run that was asked to stop. */
  exit(): number;
  /** The listener of the run, which also reports here whether there are steps that nothing has saved. */
  watching(listener: Listener): Listener;
  /** Gives the signals their usual meaning back. */
  release(): void;
}

/**
 * Listens for requests to stop. `ended` is called before the process ends where there is nothing to save; one of several
 * processes, or one that others ask (`shares`), ends when those have what they wait for.
 */
export function stopOnSignal(session: Session, shares: boolean, ended: () => void): Stop {
  const controller = new AbortController();
  let exit = exitOf("SIGINT");
  let hasUnsaved = false;
  const ask = (name: Signal): void => {
    if (controller.signal.aborted) process.exit(exit);
    exit = exitOf(name);
    controller.abort();
    if (shares) return;
    if (hasUnsaved) session.remark("\nFinishing this step, then saving. Press Ctrl-C again to stop immediately.");
    else {
      ended();
      process.exit(exit);
    }
  };
  // Whoever read what a run says may have been stopped with it; what it has learnt is to be saved all the same.
  session.outliveReaders();
  for (const name of signals) process.on(name, ask);
  const orphaned = (): void => ask("SIGHUP");
  process.once("disconnect", orphaned);
  // Who started it may be gone already: a process without a channel has no such property.
  if (process.connected === false) orphaned();
  return {
    signal: controller.signal,
    exit: () => exit,
    watching: (listener) => ({
      ...listener,
      step: (event) => {
        hasUnsaved = true;
        return listener.step(event);
      },
      saved: (event) => {
        hasUnsaved = false;
        listener.saved(event);
      },
    }),
    release: () => {
      for (const name of signals) process.off(name, ask);
      process.off("disconnect", orphaned);
    },
  };
}
