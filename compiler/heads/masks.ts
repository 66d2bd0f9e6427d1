// Which masked inputs of a batch a head reads: heads of one stage may mask in different ways, and each mask has its own.
import type { BatchMask } from "../spec/inputs.js";
import type { HeadSpec } from "../spec/spec.js";
import { ruleOf } from "./index.js";

/**
 * What stands behind the names of the masked inputs that a head reads, among the heads of a program or a batch: nothing
 * for the first mask of texts (or of images), `.HEAD` for each other one, after the first head that has it.
 */
export function maskSuffix(head: HeadSpec, heads: readonly HeadSpec[]): string {
  const { of } = ruleOf(head).mask?.(head) ?? {};
  const masking = heads.filter((each) => of !== undefined && ruleOf(each).mask?.(each).of === of);
  const same = masking.find((each) => maskText(each) === maskText(head));
  return same === undefined || same === masking[0] ? "" : `.${same.name}`;
}

/** The positions that are masked for a head, by the name that they have beside other masks. */
export function maskAmong(head: HeadSpec, heads: readonly HeadSpec[]): BatchMask | undefined {
  const mask = ruleOf(head).mask?.(head);
  return mask && { ...mask, from: `${mask.from}${maskSuffix(head, heads)}` };
}

/** Masks are the same where a batch would be masked in the same way. */
function maskText(head: HeadSpec): string {
  return JSON.stringify(ruleOf(head).wants(head));
}
