// bfloat16, for engines that have to pretend to compute in it.

/** The numbers rounded to the nearest bfloat16, the even one of two; in place. */
export function roundToBfloat16<T extends Float64Array | Float32Array>(numbers: T): T {
  const float = new Float32Array(1);
  const bits = new Uint32Array(float.buffer);
  numbers.forEach((value, i) => {
    float[0] = value;
    const pattern = bits[0] ?? 0;
    // Half of the last place that stays, or a little less where that is even; a NaN would become an infinity.
    if (!Number.isNaN(value)) bits[0] = (pattern + 0x7fff + ((pattern >>> 16) & 1)) & 0xffff0000;
    numbers[i] = float[0];
  });
  return numbers;
}
