// The result of a step, which the engine may still be computing.
import { quietly } from "../quietly.js";

/** Numbers of one optimizer step, read from the engine. */
export interface StepResult {
  /** `total` and each head's loss, means over the optimizer batch. */
  readonly losses: ReadonlyMap<string, number>;
  /** Global norm of the gradients where the stage clips, else null. */
  readonly gradientNorm: number | null;
}

/** A step that the engine has taken and may still be at. What is asked of the engine now is done after it. */
export interface Submitted {
  readonly result: Promise<StepResult>;
}

/** A step whose result is awaited later. */
export function submitted(result: Promise<StepResult>): Submitted {
  return { result: quietly(result) };
}

/** The losses of all micro-batches, and the norm that the update has. */
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
