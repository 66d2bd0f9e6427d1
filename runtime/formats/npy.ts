// NumPy's .npy, version 1.0: a header that is a Python dictionary, then the elements.

const MAGIC = "\u0093NUMPY\u0001\u0000";

/** What stands before the float32 elements of a matrix; they begin at a multiple of 64 bytes. */
export function npyHeader([rows, columns]: readonly [number, number]): Uint8Array {
  const text = `{'descr': '<f4', 'fortran_order': False, 'shape': (${rows}, ${columns}), }`;
  const front = MAGIC.length + 2;
  const length = Math.ceil((front + text.length + 1) / 64) * 64 - front;
  const bytes = Buffer.from(`${MAGIC}..${text.padEnd(length - 1)}\n`, "latin1");
  bytes.writeUInt16LE(length, MAGIC.length);
  return bytes;
}
