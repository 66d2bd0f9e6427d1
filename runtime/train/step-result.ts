// The result of a step, which the engine may still be computing.
import { quietly } from "../quietly.js";

/** Numbers of one optimizer step, read from the engine. */
export interface StepResult {
  /** `total` and each head's loss, means over the optimizer batch. */
  readonly losses: ReadonlyMap<string, number>;
  /** Global norm of the gradients if the stage clips, else null. */
  readonly gradientNorm: number | null;
}

/** A step that the engine may still be computing. Later requests to the engine are executed after it. */
export interface Submitted {
  readonly result: Promise<StepResult>;
}

/** A step whose result is awaited later: a rejection before that is not reported as unhandled. */
export function submitted(result: Promise<StepResult>): Submitted {
  return { result: quietly(result) };
}

/** Losses summed over micro-batches and `before`, and the gradient norm of the update. */
export async function summed(
  before: StepResult["losses"],
  parts: readonly Promise<StepResult>[],
  update: Promise<StepResult>,
): Promise<StepResult> {
  const losses = new Map(before);
  for (const part of await Promise.all(parts)) {
    for (const [name, loss] of part.losses) losses.set(name, (losses.get(name) ?? 0) + loss);
  }
  return { losses, gradientNorm: (await update).gradientNorm };
}
