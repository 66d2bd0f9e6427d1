// Records in tables of Apache Parquet, such as those that Hugging Face serves. Images are cells of a column, and stay in the
// table until a batch needs them.
import { openParquet, type ParquetTable } from "../../formats/parquet.js";
import { inTurns } from "../../turns.js";
import { vlmoError } from "../../errors/vlmo-error.js";
import { Cell } from "../images/embedded.js";
import { expectKind } from "./recognise.js";
import { expectColumns, type Reading, type Row, type Table } from "./rows.js";
import { imageOrPath, tableOf } from "./table-values.js";

/** The records of some tables. */
export function parquetTable(files: readonly string[], shuffle: number): Table {
  return tableOf(files, shuffle, async (file, reading, rows) => {
    expectKind(file, "parquet");
    const table = await openParquet(file);
    await readTable(file, table, reading, rows).finally(() => table.close());
  });
}

async function readTable(file: string, table: ParquetTable, { fields, hash }: Reading, rows: Row[]): Promise<void> {
  expectColumns(file, fields, table.columns);
  const images = fields.filter((field) => table.holdsBytes(field));
  for (const column of images) expectSmall(file, column, table.bytesOf(column));
  const others = fields.filter((field) => !images.includes(field));
  for (const [run, group] of table.groups.entries()) {
    const records =
      others.length === 0
        ? Array.from({ length: group.end - group.start }, () => ({}))
        : await table.read(group, others);
    for await (const [i, record] of inTurns(records.entries())) {
      const line = group.start + i + 1;
      const cells = images.map((column) => [column, new Cell({ column, row: line, group })] as const);
      const read = Object.entries(record).map(([name, value]) => [name, plain(imageOrPath(value))] as const);
      const values = Object.fromEntries<unknown>([...read, ...cells]);
      hash.update(JSON.stringify(values));
      rows.push({ file, line, run, values });
    }
  }
}

/** The most bytes of a column in a row group, which is read at once. */
const MOST_BYTES = 2 ** 30;

function expectSmall(file: string, column: string, bytes: number): void {
  if (bytes <= MOST_BYTES) return;
  const [has, most] = [bytes, MOST_BYTES].map((each) => Math.ceil(each / 2 ** 20).toLocaleString("en"));
  const reason = `a group of its rows has ${has} MiB in the column \`${column}\`, and is read whole up to ${most}`;
  const help = "write it with smaller groups, as `pyarrow.parquet.write_table(table, FILE, row_group_size=1000)` does";
  throw vlmoError("V959", { file, reason }, { help });
}

/** 64-bit integers as numbers. */
function plain(value: unknown): unknown {
  if (typeof value === "bigint") return Number(value);
  return Array.isArray(value) ? value.map(plain) : value;
}
