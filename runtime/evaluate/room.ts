// Where the vectors of a data set lie until they have been compared: each is computed once.

/** Rows of float32 numbers that are added one after the other. */
export interface Room {
  /** Adds whole rows. Throws V923 where they are written and the disk is full. */
  add(rows: Float32Array): void;
  /** Rows of those that were added; only to be read. Throws V920. */
  read(from: number, count: number): Float32Array;
  /** Gives the room back; nothing can be read afterwards. */
  close(): void;
}

/** Makes room for at most `count` rows of `width` numbers. */
export type MakeRoom = (count: number, width: number) => Room;

/** Room in memory. */
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
