// Writes tar archives member by member (POSIX.1-2017, "ustar Interchange Format"). tar.ts reads them.
import type { FileHandle } from "node:fs/promises";

const BLOCK = 512;

/** Bytes that a member takes in an archive. */
export function tarSize(bytes: number): number {
  return BLOCK + Math.ceil(bytes / BLOCK) * BLOCK;
}

/** Appends a member, whose name has at most 100 bytes and which is smaller than 8 GiB. */
export async function writeMember(handle: FileHandle, name: string, bytes: Buffer): Promise<void> {
  const rest = tarSize(bytes.length) - BLOCK - bytes.length;
  await writeAll(handle, [headerOf(name, bytes.length), bytes, Buffer.alloc(rest)]);
}

/** Appends the end mark. */
export async function writeEnd(handle: FileHandle): Promise<void> {
  await writeAll(handle, [Buffer.alloc(2 * BLOCK)]);
}

async function writeAll(handle: FileHandle, parts: readonly Buffer[]): Promise<void> {
  for (const part of parts) await handle.writeFile(part);
}

/** Reproducible: without owner and time. */
function headerOf(name: string, size: number): Buffer {
  const header = Buffer.alloc(BLOCK);
  header.write(name, 0, 100);
  for (const [i, octal] of ["0000644", "0000000", "0000000"].entries()) header.write(octal, 100 + 8 * i, "latin1");
  header.write(`${size.toString(8).padStart(11, "0")}`, 124, "latin1");
  header.write("00000000000", 136, "latin1");
  header.write("        0", 148, "latin1");
  header.write("ustar\x0000", 257, "latin1");
  const sum = header.reduce((all, byte) => all + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return header;
}
