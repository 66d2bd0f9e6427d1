// Tables of Apache Parquet through hyparquet: columns of a row group at a time. What it throws of a file becomes V910.
import { parquetMetadata, parquetReadObjects, parquetSchema, type FileMetaData, type SchemaTree } from "hyparquet";
import { compressors } from "hyparquet-compressors";
import { runInNewContext } from "node:vm";
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
  const read = async () => {
    const end = new DataView(await slice(Math.max(0, size - FOOTER_END), size));
    const footer = await slice(Math.max(0, size - FOOTER_END - end.getUint32(0, true)), size);
    const metadata = inTime(() => parquetMetadata(footer));
    const [groups, schema] = [groupsOf(metadata), parquetSchema(metadata)];
    if (groups.some(({ start, end }) => !(end >= start && end - start <= MOST_ROWS * size))) throw new Error("rows");
    if (!metadata.row_groups.every((group) => holdsLeaves(group, schema))) throw new Error("columns");
    return { metadata, children: schema.children, groups };
  };
  const { metadata, children, groups } = await sound(path, read).catch(async (error: unknown) => {
    await handle.close();
    throw error;
  });
  return {
    columns: children.map(({ element: { name } }) => name),
    groups,
    holdsBytes: (column) => children.some((child) => child.element.name === column && isBytes(child)),
    bytesOf: (column) => Math.max(0, ...metadata.row_groups.map((group) => bytesIn(group, column))),
    read: ({ start, end }, columns, raw = false) =>
      sound(path, async () => {
        const options = { file, metadata, columns: [...columns], rowStart: start, rowEnd: end, compressors };
        const rows = await parquetReadObjects({ ...options, utf8: !raw });
        if (rows.length !== end - start) throw new Error("rows");
        return rows;
      }),
    close: () => handle.close(),
  };
}

/** How many bytes there are before them, and the mark of the format. */
const FOOTER_END = 8;

/** Seconds that any footer takes, many times over. */
const SECONDS = 20;

/** Runs what may never end where a footer is damaged. */
function inTime<T>(read: () => T): T {
  // Boundary: what the script gives back is what `read` does.
  return runInNewContext("read()", { read }, { timeout: 1000 * SECONDS }) as T;
}

/** Rows that a byte can stand for: more than of any table whose rows differ. */
const MOST_ROWS = 1000;

/** What hyparquet throws is about the file: it has no other input. */
async function sound<T>(file: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof VlmoError) throw error;
    const reason = "it is cut off, damaged, or written in a way that is not read";
    const help = "copy or download the table again, or write it again, for instance with `pyarrow.parquet.write_table`";
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

/** Whether a group has the columns that the schema names: hyparquet lets go of what it reads where it does not. */
function holdsLeaves({ columns }: FileMetaData["row_groups"][number], schema: SchemaTree): boolean {
  const wanted = leavesOf(schema);
  const has = columns.map((column) => column.meta_data?.path_in_schema.join("\0"));
  return has.length === wanted.length && wanted.every((path, i) => path === has[i]);
}

function leavesOf({ children, path }: SchemaTree): string[] {
  return children.length === 0 ? [path.join("\0")] : children.flatMap(leavesOf);
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
