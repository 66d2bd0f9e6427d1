// Memory shared with the Python process, which passes large tensors faster than pipes: an anonymous file (memfd), so that
// nothing is left over however either process ends. Linux only; elsewhere pipes carry everything.
import { closeSync, ftruncateSync, readSync, writeSync } from "node:fs";

/** A region of the memory, until it is released. */
export interface Piece {
  readonly at: number;
  readonly length: number;
  /** A copy of its bytes. */
  read(): Uint8Array<ArrayBuffer>;
  release(): void;
}

/** The memory, as this process uses it. */
export interface SharedMemory {
  /** The file descriptor for the other process. */
  readonly descriptor: number;
  /** A region of `length` bytes; null if there is no room, or if it is so small that a pipe is as fast. */
  take(length: number): Piece | null;
  /** A region filled with these bytes; null as for `take`. */
  put(bytes: Uint8Array): Piece | null;
  close(): void;
}

/** Size in bytes, enough for the batches in flight. Untouched pages take no memory. */
const SIZE = 2 ** 28;
/** Bytes from which shared memory is faster than a pipe. */
const WORTH = 2 ** 16;
/** Alignment of regions, for tensors. */
const ALIGNED = 64;

/** Memory of `size` bytes; null if the system has no anonymous files. */
export async function shareMemory(size = SIZE): Promise<SharedMemory | null> {
  const descriptor = await nameless();
  if (descriptor === null) return null;
  try {
    ftruncateSync(descriptor, size);
  } catch {
    closeSync(descriptor);
    return null;
  }
  const ring = createRing(size);
  const take = (length: number): Piece | null => {
    const room = length < WORTH ? null : ring.take(length);
    return room && { at: room.at, length, read: () => readAt(descriptor, room.at, length), release: room.release };
  };
  return {
    descriptor,
    take,
    put: (bytes) => {
      const piece = take(bytes.length);
      if (piece === null || writeAt(descriptor, piece.at, bytes)) return piece;
      piece.release();
      return null;
    },
    close: () => closeSync(descriptor),
  };
}

async function nameless(): Promise<number | null> {
  if (process.platform !== "linux") return null;
  try {
    const { default: koffi } = await import("koffi");
    const create = koffi.load(null).func("int memfd_create(const char *name, unsigned int flags)");
    const descriptor: unknown = create("vlmo", CLOSED_ON_EXEC);
    return typeof descriptor === "number" && descriptor >= 0 ? descriptor : null;
  } catch {
    return null;
  }
}

/** MFD_CLOEXEC: only processes that are given the descriptor inherit it. */
const CLOSED_ON_EXEC = 1;

/** False if the system has no memory left. */
function writeAt(descriptor: number, at: number, bytes: Uint8Array): boolean {
  try {
    for (let done = 0; done < bytes.length;) done += writeSync(descriptor, bytes, done, bytes.length - done, at + done);
    return true;
  } catch {
    return false;
  }
}

function readAt(descriptor: number, at: number, length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  for (let done = 0; done < length;) done += readSync(descriptor, bytes, done, length - done, at + done);
  return bytes;
}

interface Room {
  readonly at: number;
  readonly release: () => void;
}

/** A ring buffer of regions, which may be released in any order; room is reused in the order in which it was taken. */
export function createRing(size: number): { take(length: number): Room | null } {
  const held: { at: number; end: number; free: boolean }[] = [];
  const placeFor = (length: number): number | null => {
    const [oldest, newest] = [held[0], held.at(-1)];
    if (oldest === undefined || newest === undefined) return length <= size ? 0 : null;
    const next = Math.ceil(newest.end / ALIGNED) * ALIGNED;
    if (newest.at < oldest.at) return next + length <= oldest.at ? next : null;
    if (next + length <= size) return next;
    return length <= oldest.at ? 0 : null;
  };
  return {
    take: (length) => {
      const at = placeFor(length);
      if (at === null) return null;
      const entry = { at, end: at + length, free: false };
      held.push(entry);
      return {
        at,
        release: () => {
          entry.free = true;
          while (held[0]?.free === true) held.shift();
        },
      };
    },
  };
}
