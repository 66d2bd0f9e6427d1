// Messages of an embedding: progress, what is left out, and what is kept when it is stopped.
import type { Keeping } from "../embed/keep.js";
import { createCounter } from "./counter.js";
import type { Session } from "./session.js";
import { stopOnSignal } from "./stop.js";

/** An input that could not be embedded, and why. */
export interface LeftOut {
  readonly name: string;
  readonly reason: string;
}

/** Reports the progress of an embedding. */
interface Told {
  readonly asking: Required<Pick<Keeping, "leftOut" | "progress">>;
  readonly leftOut: readonly LeftOut[];
  /** Restores the default handling of signals. */
  end(): void;
}

/** Reports progress as it runs. */
export function createEmbedding(session: Session): Told {
  const counter = createCounter(session);
  const leftOut: LeftOut[] = [];
  const stop = stopOnSignal(session, false, () =>
    session.remark("stopped; what was embedded is kept: the same command resumes"),
  );
  return {
    leftOut,
    end: stop.release,
    asking: {
      progress: (done, all) => counter({ what: "embedding", done, all }),
      leftOut: (name, reason) => {
        leftOut.push({ name, reason });
        session.remark(`left out ${name}: ${reason}`);
      },
    },
  };
}
