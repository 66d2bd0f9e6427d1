// Writes the steps of a stage to the log of its run.
import type { StageSpec } from "../../compiler/index.js";
import type { Listener } from "./listener.js";
import type { Run } from "./run.js";

/** The listener that logs, and its pending writes. */
export interface StepLog {
  readonly listener: Listener;
  /** Rejects with V923 if the line of a step could not be written: save the steps done first. */
  readonly written: () => Promise<void>;
}

/**
 * The run's listener, extended: logs every step and counts truncated texts into `cuts`; the first ones are reported at once.
 */
export function logging(run: Run, { model, batch }: StageSpec, cuts: { cut: number; read: number }): StepLog {
  const { listener, folder } = run;
  let failure: unknown = null;
  const log: typeof folder.log = (line) => {
    try {
      if (failure === null) folder.log(line);
    } catch (error) {
      failure = error;
    }
  };
  const heard: Listener = {
    ...listener,
    step: async (event) => {
      const { stage, step, lr, seconds, textsCut } = event;
      log({
        kind: "step",
        stage,
        step,
        loss: Object.fromEntries(event.losses),
        lr,
        seconds,
        items_per_second: event.itemsPerSecond,
        data_seconds: event.dataSeconds,
        gradient_norm: event.gradientNorm,
        ...(textsCut > 0 && { texts_cut: textsCut }),
      });
      await listener.step(event);
      if (textsCut > 0 && cuts.cut === 0) listener.noticed(cutNotice(textsCut, batch, model));
      cuts.cut += textsCut;
      cuts.read += model.text === null ? 0 : batch;
    },
  };
  return { listener: heard, written: async () => (failure === null ? undefined : Promise.reject(failure)) };
}

/** `8 of 8 texts of a batch were truncated to the model's 14 tokens (text { length: 14 })`. */
function cutNotice(cut: number, batch: number, { text }: StageSpec["model"]): string {
  const length = text?.length ?? 0;
  return `${cut} of ${batch} texts of a batch were truncated to the model's ${length} tokens (\`text { length: ${length} }\`)`;
}
