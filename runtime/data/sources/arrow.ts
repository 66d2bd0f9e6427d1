// Records in tables of Apache Arrow, such as ViLT's and those of Hugging Face's `datasets`. Images are bytes in a column, and
// are read from their position in the file.
import { openArrow } from "../../formats/arrow.js";
import { inTurns } from "../../turns.js";
import { Embedded } from "../images/embedded.js";
import { expectKind } from "./recognise.js";
import { expectColumns, type Reading, type Row, type Table } from "./rows.js";
import { imageOrPath, tableOf } from "./table-values.js";

/** The records of some tables. */
export function arrowTable(files: readonly string[], shuffle: number): Table {
  return tableOf(files, shuffle, readTable);
}

async function readTable(file: string, { fields, hash }: Reading, rows: Row[]): Promise<void> {
  expectKind(file, "arrow");
  const table = openArrow(file);
  try {
    expectColumns(file, fields, table.columns);
    let line = 0;
    let asked = "";
    const bytesAt = (stretch: { offset: number; size: number }) =>
      new Embedded({ ...stretch, name: `${asked} of row ${line}` });
    for (const batch of table.batches(bytesAt)) {
      const columns = fields.map((name) => [name, batch.column(name)] as const);
      for await (const row of inTurns(Array.from({ length: batch.length }).keys())) {
        line += 1;
        const values = columns.map(([name, column]): [string, unknown] => {
          asked = name;
          return [name, imageOrPath(column(row))];
        });
        const record = { file, line, values: Object.fromEntries(values) };
        hash.update(JSON.stringify(record.values));
        rows.push(record);
      }
    }
  } finally {
    table.close();
  }
}
