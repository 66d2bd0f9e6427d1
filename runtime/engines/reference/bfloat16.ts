// bfloat16, emulated by rounding wider numbers.

/** Rounds to the nearest bfloat16, ties to even; in place. */
export function roundToBfloat16<T extends Float64Array | Float32Array>(numbers: T): T {
  const float = new Float32Array(1);
  const bits = new Uint32Array(float.buffer);
  numbers.forEach((value, i) => {
    float[0] = value;
    const pattern = bits[0] ?? 0;
    // Round half to even on the upper 16 bits. NaN is left alone: the addition could make it an infinity.
    if (!Number.isNaN(value)) bits[0] = (pattern + 0x7fff + ((pattern >>> 16) & 1)) & 0xffff0000;
    numbers[i] = float[0];
  });
  return numbers;
}
