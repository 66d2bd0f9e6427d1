// Notices that do not stop the work: a warning of the checker, a damaged checkpoint that was skipped.
import type { PassedOver } from "../train/checkpoint-of.js";

/** Receives a sentence. */
export type Notice = (sentence: string) => void;

/** By default, Node's own warnings: a line on stderr, or the program's handler for `warning`. */
export const warn: Notice = (sentence) => process.emitWarning(sentence, "VlmoWarning");

/** Gives notice that a checkpoint was skipped. */
export function tellDamaged(notice: Notice): PassedOver {
  return ({ folder, reason }) => notice(`skipped ${folder}: ${reason.message}`);
}
