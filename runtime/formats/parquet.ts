// Tables of Apache Parquet through hyparquet, a row group at a time. Its exceptions about a file become V910.
import { parquetMetadata, parquetReadObjects, parquetSchema, type FileMetaData, type SchemaTree } from "hyparquet";
import { compressors } from "hyparquet-compressors";
import { runInNewContext } from "node:vm";
import { openRegular } from "./regular-file.js";
import { VlmoError, vlmoError } from "../errors/vlmo-error.js";

/** The rows of a row group: `start` to before `end`. */
export interface RowGroup {
  readonly start: number;
  readonly end: number;
}

/** An open table. */
export interface ParquetTable {
  readonly columns: readonly string[];
  readonly groups: readonly RowGroup[];
  /** Whether a column has byte arrays, or structs of them, that are not text. */
  holdsBytes(column: string): boolean;
  /** Bytes of a column in its largest row group. */
  bytesOf(column: string): number;
  /** The rows of a group. `raw`: byte arrays are not decoded as text. Throws V910. */
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

/** The bytes at the end of a file: the footer's length and the format's magic number. */
const FOOTER_END = 8;

/** Far more seconds than any intact footer takes. */
const SECONDS = 20;

/** Runs with a timeout, since decoding a damaged footer may never end. */
function inTime<T>(read: () => T): T {
  // Boundary: the script returns what `read` returns.
  return runInNewContext("read()", { read }, { timeout: 1000 * SECONDS }) as T;
}

/** The most rows per byte: more than in any table whose rows differ. */
const MOST_ROWS = 1000;

/** Whatever hyparquet throws is a fault of the file, its only input: V910. */
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

/** Whether a group has the columns of the schema: hyparquet does not await the reads of others, whose failure is unhandled. */
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

/**
 * Byte arrays that are not declared as text; for images in the format of Hugging Face's `datasets`, the bytes in the struct.
 */
function isBytes({ element, children }: SchemaTree): boolean {
  const own = children.find((child) => child.element.name === "bytes");
  if (own !== undefined) return isBytes(own);
  const isText = element.converted_type === "UTF8" || element.logical_type?.type === "STRING";
  return children.length === 0 && element.type === "BYTE_ARRAY" && !isText;
}
