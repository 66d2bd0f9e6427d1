// The batch inputs that a head reads, where heads of one stage want different ones: other masks, other codes.
import { maskedBy, type BatchMask, type OwnWant } from "../spec/inputs.js";
import type { HeadSpec } from "../spec/spec.js";
import { ruleOf } from "./index.js";

/**
 * The suffix of a head's inputs of kind `want`, among the heads of a program or a batch: empty for the first variant,
 * `.HEAD` for every other, after the first head that wants that variant.
 */
export function suffixAmong(head: HeadSpec, heads: readonly HeadSpec[], want: OwnWant): string {
  const wantedBy = (each: HeadSpec): string | undefined => JSON.stringify(ruleOf(each).wants(each)[want]);
  const wanting = heads.filter((each) => wantedBy(each) !== undefined);
  const same = wanting.find((each) => wantedBy(each) === wantedBy(head));
  return same === undefined || same === wanting[0] ? "" : `.${same.name}`;
}

/** The mask of a head, under its name among the masks of all heads. */
export function maskAmong(head: HeadSpec, heads: readonly HeadSpec[]): BatchMask | undefined {
  const mask = ruleOf(head).mask?.(head);
  return mask && { ...mask, from: `${mask.from}${suffixAmong(head, heads, maskedBy[mask.of])}` };
}
