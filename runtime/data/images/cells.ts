// Images in cells of Parquet tables. A row group is decompressed at once, and its other images are cached until they are
// requested: training requests each image once an epoch, those of a group close to each other.
import { openParquet } from "../../formats/parquet.js";
import type { CellInside, ImageSource } from "../sources/data-set.js";

/** The images of a group that have not been requested yet, by row. */
type Group = Map<number, Buffer>;

/** Bytes of cached images per thread. */
const MOST_BYTES = 2 ** 28;

const groups = new Map<string, Promise<Group>>();
const sizes = new Map<string, number>();

/** The bytes of an image, or why there are none. */
export async function takeCell(path: string, cell: CellInside): Promise<Buffer | string> {
  const name = groupName(path, cell);
  const before = await groups.get(name);
  const kept = before?.has(cell.row) === true ? before : await unpacked(name, path, cell);
  const bytes = kept.get(cell.row);
  kept.delete(cell.row);
  sizes.set(name, (sizes.get(name) ?? 0) - (bytes?.length ?? 0));
  if (kept.size === 0) forget(name);
  return bytes ?? "the row has no bytes there";
}

/** A key: images with the same key are best loaded by one thread. */
export function loadedWith(source: ImageSource): string {
  const { key, window } = source;
  if (source.kind === "drawing" || source.inside === undefined || !("group" in source.inside)) return window?.of ?? key;
  return groupName(source.path, source.inside);
}

function groupName(path: string, { column, group: { start } }: CellInside): string {
  return `${path}: ${column} from row ${start + 1}`;
}

async function unpacked(name: string, path: string, cell: CellInside): Promise<Group> {
  const reading = readGroup(path, cell);
  groups.set(name, reading);
  try {
    const group = await reading;
    sizes.set(
      name,
      [...group.values()].reduce((sum, { length }) => sum + length, 0),
    );
  } catch (error) {
    forget(name);
    throw error;
  }
  for (const other of [...groups.keys()]) {
    if (other === name || [...sizes.values()].reduce((sum, size) => sum + size, 0) <= MOST_BYTES) break;
    forget(other);
  }
  return reading;
}

function forget(name: string): void {
  groups.delete(name);
  sizes.delete(name);
}

async function readGroup(path: string, { column, group }: CellInside): Promise<Group> {
  const table = await openParquet(path);
  try {
    const rows = await table.read(group, [column], true);
    return new Map(
      rows.flatMap((row, i): [number, Buffer][] => {
        const bytes = bytesIn(row[column]);
        return bytes === undefined ? [] : [[group.start + i + 1, bytes]];
      }),
    );
  } finally {
    await table.close();
  }
}

function bytesIn(value: unknown): Buffer | undefined {
  const bytes: unknown = typeof value === "object" && value !== null && "bytes" in value ? value.bytes : value;
  return bytes instanceof Uint8Array ? Buffer.from(bytes) : undefined;
}
