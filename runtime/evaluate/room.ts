// Storage for the vectors of a data set until they have been compared: each is computed once.

/** A growing matrix of float32 rows. */
export interface Room {
  /** Appends whole rows. Throws V923 where the disk is full. */
  add(rows: Float32Array): void;
  /** Some of the rows, read-only. Throws V920. */
  read(from: number, count: number): Float32Array;
  /** Releases the storage; nothing can be read afterwards. */
  close(): void;
}

/** Allocates storage for at most `count` rows of `width` numbers. */
export type MakeRoom = (count: number, width: number) => Room;

/** Storage in memory. */
export function roomInMemory(count: number, width: number): Room {
  const all = new Float32Array(count * width);
  let end = 0;
  return {
    add: (rows) => {
      all.set(rows, end);
      end += rows.length;
    },
    read: (from, rows) => all.subarray(from * width, (from + rows) * width),
    close: () => undefined,
  };
}
