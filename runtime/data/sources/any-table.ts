// A table that no data block says anything of.
import { csvTable, separatorIn } from "./csv.js";
import { formOf } from "./recognise.js";
import type { Table } from "./rows.js";

/** A table, whatever stands between its columns. */
export function tableAt(file: string): Table {
  const [firstLine = ""] = (formOf(file)?.head ?? "").split("\n");
  return csvTable(file, { quotes: true, separator: separatorIn(file, firstLine) });
}
