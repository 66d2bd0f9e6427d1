// Element types of tensor files, and their conversion to host elements (float32 or int32). Little-endian bytes in, typed arrays
// out. Knows nothing of files, names or shapes.
import { endianness } from "node:os";
import type { Dtype } from "../../compiler/index.js";

/** Arrays of tensors that are read. */
export type HostArray = Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer> | Int32Array<ArrayBuffer>;

interface ElementType {
  /** Bytes of one element. */
  readonly bytes: number;
  readonly host: Dtype;
  /**
   * Converts `count` elements at the start of `from` into `into`, from index `at` on. Returns the index (from 0) of the first
   * value that the host type cannot hold, or -1.
   */
  readonly convert: (from: ArrayBuffer, count: number, into: HostArray, at: number) => number;
}

const fits = -1;

/** By their names in safetensors files. */
export const elements = {
  F64: { bytes: 8, host: "float32", convert: convertFloat64 },
  F32: { bytes: 4, host: "float32", convert: widenWith((from, count) => new Float32Array(from, 0, count)) },
  F16: { bytes: 2, host: "float32", convert: convertFloat16 },
  BF16: { bytes: 2, host: "float32", convert: convertBfloat16 },
  I64: { bytes: 8, host: "int32", convert: convertInt64 },
  I32: { bytes: 4, host: "int32", convert: widenWith((from, count) => new Int32Array(from, 0, count)) },
  I16: { bytes: 2, host: "int32", convert: widenWith((from, count) => new Int16Array(from, 0, count)) },
  I8: { bytes: 1, host: "int32", convert: widenWith((from, count) => new Int8Array(from, 0, count)) },
  U8: { bytes: 1, host: "int32", convert: widenWith((from, count) => new Uint8Array(from, 0, count)) },
  BOOL: { bytes: 1, host: "int32", convert: convertBool },
} as const satisfies Readonly<Record<string, ElementType>>;

/** The name of an element type in safetensors files. */
export type ElementName = keyof typeof elements;

/** Whether an element type is supported. */
export function isElementName(name: string): name is ElementName {
  return Object.hasOwn(elements, name);
}

/** Whether it is a floating-point type, as weights are. */
export function isFloating(name: ElementName): boolean {
  return elements[name].host === "float32";
}

/** Throws on big-endian machines: tensor files are little-endian. */
export function assertLittleEndian(): void {
  if (endianness() !== "LE") throw new Error("internal: tensor files are little-endian, this machine is not");
}

function widenWith(view: (from: ArrayBuffer, count: number) => ArrayLike<number>): ElementType["convert"] {
  return (from, count, into, at) => {
    into.set(view(from, count), at);
    return fits;
  };
}

/** To a Float64Array exactly; to float32 rounded, unless a finite value would overflow. */
function convertFloat64(from: ArrayBuffer, count: number, into: HostArray, at: number): number {
  const values = new Float64Array(from, 0, count);
  into.set(values, at);
  if (into instanceof Float64Array) return fits;
  return values.findIndex((value, i) => Number.isFinite(value) && !Number.isFinite(into[at + i]));
}

function convertFloat16(from: ArrayBuffer, count: number, into: HostArray, at: number): number {
  const table = halfTable();
  const values = new Uint16Array(from, 0, count);
  for (let i = 0; i < count; i++) into[at + i] = table[values[i] ?? 0] ?? 0;
  return fits;
}

let halves: Float32Array | undefined;

/** The float32 value of each of the 65,536 float16 bit patterns. */
function halfTable(): Float32Array {
  halves ??= Float32Array.from({ length: 65536 }, (_, bits) => {
    const sign = bits & 0x8000 ? -1 : 1;
    const exponent = (bits >> 10) & 0x1f;
    const fraction = bits & 0x3ff;
    if (exponent === 0) return sign * fraction * 2 ** -24;
    if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
    return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
  });
  return halves;
}

/** A bfloat16 is the upper half of a float32. */
function convertBfloat16(from: ArrayBuffer, count: number, into: HostArray, at: number): number {
  const values = new Uint16Array(from, 0, count);
  const bits = new Uint32Array(count);
  for (let i = 0; i < count; i++) bits[i] = (values[i] ?? 0) << 16;
  into.set(new Float32Array(bits.buffer), at);
  return fits;
}

function convertInt64(from: ArrayBuffer, count: number, into: HostArray, at: number): number {
  const words = new Int32Array(from, 0, 2 * count);
  for (let i = 0; i < count; i++) {
    const low = words[2 * i] ?? 0;
    // It fits in int32 if the upper word is the sign extension of the lower one.
    if (words[2 * i + 1] !== low >> 31) return i;
    into[at + i] = low;
  }
  return fits;
}

function convertBool(from: ArrayBuffer, count: number, into: HostArray, at: number): number {
  const values = new Uint8Array(from, 0, count);
  for (let i = 0; i < count; i++) into[at + i] = values[i] === 0 ? 0 : 1;
  return fits;
}
