// What a program should know that stops nothing: a warning of the checker, a damaged checkpoint that was passed over.
import type { PassedOver } from "../train/checkpoint-of.js";

/** Is given a sentence. */
export type Notice = (sentence: string) => void;

/** Where nobody listens, Node's own way of warning: a line on stderr, or what the program makes of `warning`. */
export const warn: Notice = (sentence) => process.emitWarning(sentence, "VlmoWarning");

/** Says that a checkpoint was passed over. */
export function tellDamaged(notice: Notice): PassedOver {
  return ({ folder, reason }) => notice(`skipped ${folder}: ${reason.message}`);
}
