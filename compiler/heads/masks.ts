// Which inputs of a batch a head reads where heads of one stage want them in ways of their own: other masks, other codes.
import { maskedBy, type BatchMask, type OwnWant } from "../spec/inputs.js";
import type { HeadSpec } from "../spec/spec.js";
import { ruleOf } from "./index.js";

/**
 * What is behind the names of what a head wants, among the heads of a program or a batch: nothing for the first way to
 * make it, `.HEAD` for each other one, after the first head that wants it so.
 */
export function suffixAmong(head: HeadSpec, heads: readonly HeadSpec[], want: OwnWant): string {
  const wantedBy = (each: HeadSpec): string | undefined => JSON.stringify(ruleOf(each).wants(each)[want]);
  const wanting = heads.filter((each) => wantedBy(each) !== undefined);
  const same = wanting.find((each) => wantedBy(each) === wantedBy(head));
  return same === undefined || same === wanting[0] ? "" : `.${same.name}`;
}

/** The positions that are masked for a head, by the name that they have beside other masks. */
export function maskAmong(head: HeadSpec, heads: readonly HeadSpec[]): BatchMask | undefined {
  const mask = ruleOf(head).mask?.(head);
  return mask && { ...mask, from: `${mask.from}${suffixAmong(head, heads, maskedBy[mask.of])}` };
}
