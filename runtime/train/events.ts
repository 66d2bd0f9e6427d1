// What a run reports, as events of plain data for other programs. `vlmo train --json` prints them.
import type { EvaluationEvent, Listener, StageEnd, StepEvent } from "./listener.js";

/** What a run reports, by kind. */
export type RunEvent =
  /** Something slow begins. */
  | { readonly kind: "preparing"; readonly what: string }
  /** A sentence for the user about something that stops nothing. */
  | { readonly kind: "noticed"; readonly what: string }
  | {
      readonly kind: "stage_start";
      readonly stage: string;
      /** Steps of the stage, and the one it resumes from (0 if it starts). */
      readonly steps: number;
      readonly from: number;
      readonly trainedParameters: number;
      readonly allParameters: number;
    }
  | ({
      readonly kind: "step";
      /** By head, and `total`. */
      readonly losses: Readonly<Record<string, number>>;
    } & Omit<StepEvent, "losses">)
  | { readonly kind: "saved"; readonly stage: string; readonly step: number; readonly folder: string }
  | ({ readonly kind: "evaluation" } & EvaluationEvent)
  | ({ readonly kind: "stage_end" } & StageEnd);

/** A listener that passes all calls to `tell`. The run waits for what it returns after a step, which must not reject. */
export function eventListener(tell: (event: RunEvent) => void | Promise<void>): Listener {
  return {
    preparing: (what) => tell({ kind: "preparing", what }),
    noticed: (what) => tell({ kind: "noticed", what }),
    stageStart: ({ stage, steps, from, trainedParameters, allParameters }) =>
      tell({ kind: "stage_start", stage: stage.name, steps, from, trainedParameters, allParameters }),
    step: (event) => tell({ kind: "step", ...event, losses: Object.fromEntries(event.losses) }),
    saved: (event) => tell({ kind: "saved", ...event }),
    evaluated: (event) => tell({ kind: "evaluation", ...event }),
    stageEnd: (event) => tell({ kind: "stage_end", ...event }),
  };
}
