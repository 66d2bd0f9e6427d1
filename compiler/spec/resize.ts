// Resizing of a table that a stage takes over from another.
import type { ModelSpec, ResizeRule } from "./spec.js";

/** A rule for resizing a table whose number of rows changes. */
export interface TableResize {
  readonly rule: ResizeRule;
  /** What the rule does, in words; null if it does not apply. */
  readonly resized: (from: ModelSpec, to: ModelSpec, rows: Rows) => string | null;
}

/** Numbers of rows before and after. */
export interface Rows {
  readonly from: number;
  readonly to: number;
}

/** Can only shorten: a longer text has no rows to copy. */
export const cutToFirstRows: TableResize = {
  rule: "text_length",
  resized: (_from, _to, rows) => cutText(rows),
};

/** What is left of a table that gets shorter; null if it does not. */
export function cutText({ from, to }: Rows): string | null {
  return to < from ? `cut to the first ${to} rows` : null;
}
