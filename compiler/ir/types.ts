// Element types and shapes of the graph IR. Everything that touches a tensor speaks in these.

/**
 * Element types with their names in the textual IR. Masks and flags are float32 zeros and ones; indices and ids are int32;
 * uint8 are the levels of pixels, which are moved and cast and not computed with.
 * bfloat16 is only inside of graphs that were lowered for it (passes/precision.ts): inputs, outputs and constants are not.
 */
const short = { float32: "f32", int32: "i32", uint8: "u8", bfloat16: "bf16" } as const;

/** Element type of a value. */
export type Dtype = keyof typeof short;

/** Element type of what goes in and out of a graph. */
export type HostDtype = Exclude<Dtype, "bfloat16">;

/** The element type of a name in the textual IR; undefined where there is none of it. */
export function dtypeOf(name: string): Dtype | undefined {
  const names = Object.keys(short) as readonly Dtype[]; // the keys of the table
  return names.find((dtype) => short[dtype] === name);
}

/** Static shape; `[]` is a scalar. Every dimension is a number by the time a program is built. */
export type Shape = readonly number[];

/** What is known of a value before it is computed. */
export interface TensorType {
  readonly dtype: Dtype;
  readonly shape: Shape;
}

/** Type of what goes in and out of a graph. */
export interface HostType extends TensorType {
  readonly dtype: HostDtype;
}

/** The type as one outside of a graph. Throws an internal error for bfloat16. */
export function hostType({ dtype, shape }: TensorType): HostType {
  if (dtype === "bfloat16") throw new Error(`internal: ${typeText({ dtype, shape })} outside of a graph`);
  return { dtype, shape };
}

/** Number of elements of a shape. */
export function sizeOf(shape: Shape): number {
  let product = 1;
  for (const dimension of shape) product *= dimension;
  return product;
}

/** Whether two shapes have equal dimensions; no broadcasting. */
export function sameShape(a: Shape, b: Shape): boolean {
  return a === b || (a.length === b.length && a.every((dimension, i) => dimension === b[i]));
}

/** `f32[16,49,192]`, the form of the textual IR. */
export function typeText({ dtype, shape }: TensorType): string {
  return `${short[dtype]}[${shape.join(",")}]`;
}
