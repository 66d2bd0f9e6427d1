// Memory: how much there is, and failed allocations of arrays: the request exceeds the machine's memory, which is no bug in
// vlmo.
import { totalmem } from "node:os";
import { bytesText } from "../compiler/front-end.js";
import { vlmoError } from "./errors/vlmo-error.js";

/** Memory of this machine, or the part available to this process, in bytes. */
export function memoryHere(): number {
  const allowed = process.constrainedMemory?.() ?? 0;
  return allowed > 0 ? Math.min(allowed, totalmem()) : totalmem();
}

/** The user's mistake behind V8's error about a too large array (V987); any other error unchanged. */
export function mistakeOf(error: RangeError): Error {
  const [, elements] = /^Invalid (?:typed )?array length: (\d+)$/.exec(error.message) ?? [];
  const others = /^(?:Array buffer allocation failed|Invalid array length|Invalid string length)/;
  if (elements === undefined && !others.test(error.message)) return error;
  const needs = elements === undefined ? "more than can be had" : `${bytesText(4 * Number(elements))} at once`;
  return vlmoError("V987", { what: "this", needs, has: bytesText(memoryHere()) }, { cause: error });
}
