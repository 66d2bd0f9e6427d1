// Messages between page and workers beside those of the language server protocol.
import type { StepEvent } from "../runtime/in-page.js";

/** The views of a file beside its text; `plan` and `picture` are null where it has errors. */
export interface Look {
  readonly plan: string | null;
  readonly resolved: string;
  /** Markup. */
  readonly picture: string | null;
  readonly stages: readonly StageLook[];
}

/** A stage as the page can train it. */
export interface StageLook {
  readonly name: string;
  /** The stages it starts from, the first one first, itself last. */
  readonly chain: readonly string[];
  /** Optimizer steps; null where they depend on data that the page does not have. */
  readonly steps: number | null;
  /** Why the page cannot train it; null where it can. */
  readonly refused: string | null;
}

/** The methods and notifications of the language worker, besides those of the protocol. */
export const own = { look: "vlmo/look", files: "vlmo/files" } as const;

/** A request to the training worker. */
export interface TrainRequest {
  readonly texts: readonly (readonly [path: string, text: string])[];
  readonly path: string;
  /** The last stage; the stages it starts from are trained before it. */
  readonly stage: string;
  /** Steps of each stage, at most. */
  readonly steps: number;
}

/** Messages to the training worker. */
export type TrainMessage = { readonly kind: "train"; readonly request: TrainRequest } | { readonly kind: "stop" };

/** Messages from the training worker. */
export type TrainNews =
  | { readonly kind: "doing"; readonly what: string }
  | {
      readonly kind: "stage";
      readonly name: string;
      readonly parameters: number;
      readonly engine: string;
    }
  | { readonly kind: "step"; readonly event: StepNews }
  /** Markup. */
  | { readonly kind: "examples"; readonly markup: string }
  | { readonly kind: "end"; readonly stopped: boolean }
  | { readonly kind: "failed"; readonly message: string };

/** An optimizer step. */
export type StepNews = Pick<StepEvent, "stage" | "step" | "lr" | "gradientNorm" | "itemsPerSecond"> & {
  /** Steps that the page trains of the stage. */
  readonly steps: number;
  readonly losses: readonly (readonly [name: string, loss: number])[];
  readonly seconds: number;
};
