// NumPy's .npy format, version 1.0: a header with a Python dict, then the elements.

const MAGIC = "\u0093NUMPY\u0001\u0000";

/** The header of a float32 matrix; the elements after it are aligned to 64 bytes. */
export function npyHeader([rows, columns]: readonly [number, number]): Uint8Array {
  const text = `{'descr': '<f4', 'fortran_order': False, 'shape': (${rows}, ${columns}), }`;
  const front = MAGIC.length + 2;
  const length = Math.ceil((front + text.length + 1) / 64) * 64 - front;
  const bytes = Buffer.from(`${MAGIC}..${text.padEnd(length - 1)}\n`, "latin1");
  bytes.writeUInt16LE(length, MAGIC.length);
  return bytes;
}
