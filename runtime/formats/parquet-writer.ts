// Writes tables of Apache Parquet through hyparquet-writer: columns of texts and vectors, one row group at a time.
import { ByteWriter, ParquetWriter, type SchemaElement } from "hyparquet-writer";
import { writeAtomically } from "./atomic.js";

/** The type of a column. */
export type ColumnType = "text" | "text or nothing" | "vector";

/** A row group by column. */
export type ColumnValues = Readonly<Record<string, (string | null)[] | number[][]>>;

/** The table to write. */
export interface TableToWrite {
  readonly columns: Readonly<Record<string, ColumnType>>;
  readonly metadata: ReadonlyMap<string, string>;
  readonly groups: AsyncIterable<ColumnValues>;
}

const elements: { readonly [Type in ColumnType]: (name: string) => SchemaElement[] } = {
  text: (name) => [{ name, type: "BYTE_ARRAY", converted_type: "UTF8", repetition_type: "REQUIRED" }],
  "text or nothing": (name) => [{ name, type: "BYTE_ARRAY", converted_type: "UTF8", repetition_type: "OPTIONAL" }],
  vector: (name) => [
    { name, converted_type: "LIST", repetition_type: "REQUIRED", num_children: 1 },
    { name: "list", repetition_type: "REPEATED", num_children: 1 },
    { name: "element", type: "FLOAT", repetition_type: "REQUIRED" },
  ],
};

/** Writes a table atomically. Throws V923. */
export async function writeParquet(file: string, { columns, metadata, groups }: TableToWrite): Promise<void> {
  const names = Object.keys(columns);
  const schema: SchemaElement[] = [
    { name: "root", num_children: names.length },
    ...Object.entries(columns).flatMap(([name, type]) => elements[type](name)),
  ];
  await writeAtomically(file, async (handle) => {
    const writer = new ByteWriter();
    const kvMetadata = [...metadata].map(([key, value]) => ({ key, value }));
    const table = new ParquetWriter({ writer, schema, codec: "UNCOMPRESSED", statistics: false, kvMetadata });
    const flush = async (): Promise<void> => {
      await handle.writeFile(new Uint8Array(writer.buffer, 0, writer.index));
      writer.index = 0;
    };
    for await (const group of groups) {
      const columnData = names.map((name) => ({ name, data: group[name] ?? [], encoding: "PLAIN" as const }));
      await table.write({ columnData, rowGroupSize: Math.max(1, columnData[0]?.data.length ?? 0) });
      await flush();
    }
    await table.finish();
    await flush();
  });
}
