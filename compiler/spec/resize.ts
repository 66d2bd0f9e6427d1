// How a table that a stage takes over from another becomes one of another size.
import type { ModelSpec, ResizeRule } from "./spec.js";

/** What may be done to a table, of which only rows change in number. */
export interface TableResize {
  readonly rule: ResizeRule;
  /** What the rule does, in words; null where it cannot. */
  readonly resized: (from: ModelSpec, to: ModelSpec, rows: Rows) => string | null;
}

/** Rows of a table before and after. */
export interface Rows {
  readonly from: number;
  readonly to: number;
}

/** A longer text has nothing to come from. */
export const cutToFirstRows: TableResize = {
  rule: "text_length",
  resized: (_from, _to, rows) => cutText(rows),
};

/** What is left of a table that gets shorter; null of one that does not. */
export function cutText({ from, to }: Rows): string | null {
  return to < from ? `cut to the first ${to} rows` : null;
}
