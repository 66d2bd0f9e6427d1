// Numbers in the textual IR: the shortest decimals that parse back exactly, and base64 for long lists.

/** Shortest text that parses back to the same float64. */
export function numberText(value: number): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  return Object.is(value, -0) ? "-0" : String(value);
}

/** Shortest text that parses back to the same float32. */
export function float32Text(value: number): string {
  if (!Number.isFinite(value) || value === 0) return numberText(value);
  for (let digits = 1; digits < 9; digits++) {
    const rounded = Number(value.toPrecision(digits));
    if (Math.fround(rounded) === value) return numberText(rounded);
  }
  return numberText(Number(value.toPrecision(9)));
}

/** The value of a text that the lexer recognised as a number. */
export function readNumber(text: string): number {
  if (text === "nan") return NaN;
  return text.endsWith("inf") ? (text.startsWith("-") ? -Infinity : Infinity) : Number(text);
}

/** The elements as little-endian bytes, in base64. */
export function toBase64(data: Float32Array | Int32Array): string {
  const bytes = new Uint8Array(data.length * 4);
  const view = new DataView(bytes.buffer);
  data.forEach((value: number, i: number) => {
    if (data instanceof Int32Array) view.setInt32(i * 4, value, true);
    else view.setFloat32(i * 4, value, true);
  });
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}

/** Elements from little-endian bytes in base64; null if the text is malformed. */
export function fromBase64(text: string, dtype: "float32" | "int32"): Float32Array | Int32Array | null {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return null;
  const binary = atob(text);
  if (binary.length % 4 !== 0) return null;
  const view = new DataView(Uint8Array.from(binary, (byte) => byte.charCodeAt(0)).buffer);
  const indices = { length: binary.length / 4 };
  return dtype === "int32"
    ? Int32Array.from(indices, (_, i) => view.getInt32(i * 4, true))
    : Float32Array.from(indices, (_, i) => view.getFloat32(i * 4, true));
}
