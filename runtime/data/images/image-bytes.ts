// The bytes of an image, wherever they lie: in a file of its own, as a part of an archive or of a table, in memory, or
// drawn from annotations.
import { statSync } from "node:fs";
import { systemReason } from "../../errors/system-error.js";
import { bytesAt } from "../../formats/sync-file.js";
import { vlmoError, type VlmoError } from "../../errors/vlmo-error.js";
import type { CellInside, ImageFile, PartInside } from "../sources/data-set.js";
import { takeCell } from "./cells.js";
import { drawnMask } from "./drawn-mask.js";

/** Bytes that are read as far as they are asked for. */
export interface ImageBytes {
  readonly size: number;
  /** Up to so many bytes from a place on; fewer where the image ends before. */
  at(start: number, most: number): Buffer;
  /** What a decoder is given: the path of a file, or all bytes of what lies inside one. */
  input(): string | Buffer;
}

/** Bytes that an image inside a file may have: it is read whole. */
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
  // A pipe would be waited for, and a device may never end.
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

/** Runs the reading of a file; what the operating system has against it becomes V917. */
function fromDisk<T>(file: ImageFile, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw undecodable(file, systemReason(error), undefined, error);
  }
}

/** What an image is called, and what tells it from every other. */
export function imageName({ path, inside }: Pick<ImageFile, "path" | "inside">): string {
  return inside === undefined || "bytes" in inside ? path : `${path}: ${inside.name}`;
}

/** V917 of an image, with what to do instead of replacing it. */
export function undecodable(file: ImageFile, reason: string, instead?: string, cause?: unknown): VlmoError {
  const help = instead && `${instead}, or set \`on_error: skip\` to leave such records out and count them`;
  return vlmoError("V917", { path: imageName(file), reason }, { ...file.place, help, cause });
}
