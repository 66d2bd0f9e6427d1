// What page and workers say to each other beside the messages of the language server protocol.
import type { StepEvent } from "../runtime/in-page.js";

/** What there is to see of a file beside its text; all null where it has errors. */
export interface Look {
  readonly plan: string | null;
  readonly resolved: string;
  /** Markup. */
  readonly picture: string | null;
  readonly stages: readonly StageLook[];
}

/** A stage as it may be trained in a page. */
export interface StageLook {
  readonly name: string;
  /** The stages that it comes from, the first one first, itself last. */
  readonly chain: readonly string[];
  /** Optimizer steps; null where they depend on data that are not there. */
  readonly steps: number | null;
  /** Why it cannot be trained in a page; null where it can. */
  readonly refused: string | null;
}

/** The methods and notifications of the language worker, besides those of the protocol. */
export const own = { look: "vlmo/look", files: "vlmo/files" } as const;

/** What the training worker is asked for. */
export interface TrainRequest {
  readonly texts: readonly (readonly [path: string, text: string])[];
  readonly path: string;
  /** Its last stage; those it comes from are trained before it. */
  readonly stage: string;
  /** Steps of each stage, at most. */
  readonly steps: number;
}

/** What is sent to the training worker. */
export type TrainMessage = { readonly kind: "train"; readonly request: TrainRequest } | { readonly kind: "stop" };

/** What the training worker tells. */
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
  /** Of these in the page. */
  readonly steps: number;
  readonly losses: readonly (readonly [name: string, loss: number])[];
  readonly seconds: number;
};
