// Requests to end a run: Ctrl-C and Ctrl-\\, a request to terminate, a closing terminal, and the end of the sweep that started
// it. The first lets it finish its step and save, where there is something to save, and ends it immediately otherwise; the
// second ends it immediately.
import { constants } from "node:os";
import type { Listener } from "../train/listener.js";
import type { Session } from "./session.js";

const signals = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"] as const;
type Signal = (typeof signals)[number];

/** The exit code of a process ended by a signal, as in shells. */
const exitOf = (name: Signal): number => 128 + constants.signals[name];

/** A run's stop signal. */
export interface Stop {
  /** Asks the run to finish its step, save and return. */
  readonly signal: AbortSignal;
  /** The exit code of a run that was asked to stop. */
  exit(): number;
  /** Wraps the run's listener, to know whether there are unsaved steps. */
  watching(listener: Listener): Listener;
  /** Restores the default handling of signals. */
  release(): void;
}

/**
 * Listens for requests to stop. `ended` is called before the process ends with nothing to save. With `shares` (one of several
 * processes, a server, a sweep) the first request only aborts the signal, and the process ends when pending work is done.
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
  // The reader of a run's output may have been stopped by the same signal; the trained parameters must still be saved.
  session.outliveReaders();
  for (const name of signals) process.on(name, ask);
  const orphaned = (): void => ask("SIGHUP");
  process.once("disconnect", orphaned);
  // The parent may already have ended: a process without a channel has no such property.
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
