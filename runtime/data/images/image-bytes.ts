// The bytes of an image, wherever they are: in its own file, inside an archive or a table, in memory, or drawn from
// annotations.
import { statSync } from "node:fs";
import { systemReason } from "../../errors/system-error.js";
import { bytesAt } from "../../formats/sync-file.js";
import { vlmoError, type VlmoError } from "../../errors/vlmo-error.js";
import type { CellInside, ImageFile, PartInside } from "../sources/data-set.js";
import { takeCell } from "./cells.js";
import { drawnMask } from "./drawn-mask.js";

/** Bytes that are read on demand. */
export interface ImageBytes {
  readonly size: number;
  /** Up to `most` bytes from a position on; fewer if the image ends before. */
  at(start: number, most: number): Buffer;
  /** The input of a decoder: the path of a file, or all bytes of an image inside another file. */
  input(): string | Buffer;
}

/** The most bytes of an image inside a file, which is read at once. */
const MOST_BYTES = 2 ** 28;

/** Opens an image. Throws V917. */
export async function bytesOf(file: ImageFile): Promise<ImageBytes> {
  const { inside } = file;
  if (inside === undefined) return fileBytes(file);
  if ("offset" in inside) return partBytes(file, inside);
  if ("bytes" in inside) return bytesIn(inside.bytes);
  return "regions" in inside ? bytesIn(await drawnMask(inside)) : cellBytes(file, inside);
}

/** Opens an image that is a file. Throws V917. */
export function fileBytes(file: ImageFile): ImageBytes {
  const { path } = file;
  const stat = fromDisk(file, () => statSync(path));
  // Reading a pipe would block, and a device may never end.
  if (!stat.isFile()) throw undecodable(file, `it is ${stat.isDirectory() ? "a folder" : "a pipe or a device"}`);
  return { size: stat.size, at: (start, most) => readAt(file, start, most), input: () => path };
}

async function cellBytes(file: ImageFile, cell: CellInside): Promise<ImageBytes> {
  const bytes = await takeCell(file.path, cell);
  if (typeof bytes === "string") throw undecodable(file, bytes);
  return bytesIn(bytes);
}

function bytesIn(bytes: Buffer): ImageBytes {
  return { size: bytes.length, at: (start, most) => bytes.subarray(start, start + most), input: () => bytes };
}

function partBytes(file: ImageFile, { offset, size }: PartInside): ImageBytes {
  if (size > MOST_BYTES) {
    const [has, most] = [size, MOST_BYTES].map((bytes) => Math.ceil(bytes / 2 ** 20).toLocaleString("en"));
    throw undecodable(file, `it has ${has} MiB, and images inside a file are read up to ${most}`, "write it as a file");
  }
  const at = (start: number, most: number): Buffer =>
    readAt(file, offset + start, Math.max(0, Math.min(most, size - start)));
  return { size, at, input: () => at(0, size) };
}

function readAt(file: ImageFile, position: number, most: number): Buffer {
  return fromDisk(file, () => bytesAt(file.path, position, most));
}

/** Runs the reading of a file; errors of the operating system become V917. */
function fromDisk<T>(file: ImageFile, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw undecodable(file, systemReason(error), undefined, error);
  }
}

/** A unique name of an image, for messages and as a key. */
export function imageName({ path, inside }: Pick<ImageFile, "path" | "inside">): string {
  return inside === undefined || "bytes" in inside ? path : `${path}: ${inside.name}`;
}

/** V917 for an image, with what to do instead of replacing it. */
export function undecodable(file: ImageFile, reason: string, instead?: string, cause?: unknown): VlmoError {
  const help = instead && `${instead}, or set \`on_error: skip\` to leave such records out and count them`;
  return vlmoError("V917", { path: imageName(file), reason }, { ...file.place, help, cause });
}
