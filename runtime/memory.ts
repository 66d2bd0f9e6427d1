// Memory: how much there is, and arrays that cannot be allocated: more was asked for than the machine has,
// which is no bug in vlmo.
import { totalmem } from "node:os";
import { bytesText } from "../compiler/front-end.js";
import { vlmoError } from "./errors/vlmo-error.js";

/** Memory of this machine, or what of it this process may have, in bytes. */
export function memoryHere(): number {
  const allowed = process.constrainedMemory?.() ?? 0;
  return allowed > 0 ? Math.min(allowed, totalmem()) : totalmem();
}

/** The user's mistake behind V8's error about an array that is too large (V987); any other error as it is. */
export function mistakeOf(error: RangeError): Error {
  const [, elements] = /^Invalid (?:typed )?array length: (\d+)$/.exec(error.message) ?? [];
  const others = /^(?:Array buffer allocation failed|Invalid array length|Invalid string length)/;
  if (elements === undefined && !others.test(error.message)) return error;
  const needs = elements === undefined ? "more than can be had" : `${bytesText(4 * Number(elements))} at once`;
  return vlmoError("V987", { what: "this", needs, has: bytesText(memoryHere()) }, { cause: error });
}
