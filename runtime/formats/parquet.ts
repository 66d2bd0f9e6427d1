// Tables of Apache Parquet through hyparquet: columns of a row group at a time. What it throws of a file becomes V910.
import { parquetMetadataAsync, parquetReadObjects, parquetSchema, type FileMetaData, type SchemaTree } from "hyparquet";
import { compressors } from "hyparquet-compressors";
import { openRegular } from "./regular-file.js";
import { VlmoError, vlmoError } from "../errors/vlmo-error.js";

/** Rows that are written together, from the first to before the last. */
export interface RowGroup {
  readonly start: number;
  readonly end: number;
}

/** A table under reading. */
export interface ParquetTable {
  readonly columns: readonly string[];
  readonly groups: readonly RowGroup[];
  /** Whether a column holds bytes, or structures with bytes, and no texts. */
  holdsBytes(column: string): boolean;
  /** Bytes that a column takes in the largest group. */
  bytesOf(column: string): number;
  /** The rows of a group. `raw`: bytes are no texts. Throws V910. */
  read(group: RowGroup, columns: readonly string[], raw?: boolean): Promise<Record<string, unknown>[]>;
  close(): Promise<void>;
}

/** Opens a table. Throws V910. */
export async function openParquet(path: string): Promise<ParquetTable> {
  const handle = await openRegular(path, "V910");
  const slice = async (start: number, end: number): Promise<ArrayBuffer> => {
    const bytes = new Uint8Array(end - start);
    const { bytesRead } = await handle.read(bytes, 0, bytes.length, start);
    return bytes.buffer.slice(0, bytesRead);
  };
  const { size } = await handle.stat();
  const file = { byteLength: size, slice: (start: number, end = size) => slice(start, Math.min(end, size)) };
  const metadata = await sound(path, () => parquetMetadataAsync(file)).catch(async (error: unknown) => {
    await handle.close();
    throw error;
  });
  const { children } = parquetSchema(metadata);
  return {
    columns: children.map(({ element: { name } }) => name),
    groups: groupsOf(metadata),
    holdsBytes: (column) => children.some((child) => child.element.name === column && isBytes(child)),
    bytesOf: (column) => Math.max(0, ...metadata.row_groups.map((group) => bytesIn(group, column))),
    read: ({ start, end }, columns, raw = false) =>
      sound(path, async () => {
        const options = { file, metadata, columns: [...columns], rowStart: start, rowEnd: end, compressors };
        return parquetReadObjects({ ...options, utf8: !raw });
      }),
    close: () => handle.close(),
  };
}

/** What hyparquet throws is about the file: it has no other input. */
async function sound<T>(file: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof VlmoError) throw error;
    const reason = "it is cut off, damaged, or written in a way that is not read";
    const help = "copy or download the table again, or write it anew, for instance by `pyarrow.parquet.write_table`";
    throw vlmoError("V910", { file, reason }, { help, cause: error });
  }
}

function groupsOf({ row_groups: groups }: FileMetaData): RowGroup[] {
  let end = 0;
  return groups.map(({ num_rows: rows }) => {
    const start = end;
    end += Number(rows);
    return { start, end };
  });
}

function bytesIn({ columns }: FileMetaData["row_groups"][number], column: string): number {
  return columns.reduce((sum, { meta_data: data }) => {
    return data?.path_in_schema[0] === column ? sum + Number(data.total_uncompressed_size) : sum;
  }, 0);
}

/** Bytes that are not said to be text; of an image as Hugging Face's `datasets` write it, those in it. */
function isBytes({ element, children }: SchemaTree): boolean {
  const own = children.find((child) => child.element.name === "bytes");
  if (own !== undefined) return isBytes(own);
  const isText = element.converted_type === "UTF8" || element.logical_type?.type === "STRING";
  return children.length === 0 && element.type === "BYTE_ARRAY" && !isText;
}
