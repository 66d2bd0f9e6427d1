// A table without a data block that describes it.
import { csvTable, separatorIn } from "./csv.js";
import { formOf } from "./recognise.js";
import type { Table } from "./rows.js";

/** A table with any separator. */
export function tableAt(file: string): Table {
  const [firstLine = ""] = (formOf(file)?.head ?? "").split("\n");
  return csvTable(file, { quotes: true, separator: separatorIn(file, firstLine) });
}
