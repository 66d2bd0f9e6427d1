// Element types and shapes of the graph IR, shared by all code that handles tensors.

/**
 * Element types with their names in the textual IR. Masks and flags are float32 zeros and ones; indices and ids are
 * int32; uint8 are pixel levels, which are moved and cast but not computed with.
 * bfloat16 occurs only inside graphs that were converted to it (passes/to-bfloat16.ts), never in inputs, outputs or
 * constants.
 */
const short = { float32: "f32", int32: "i32", uint8: "u8", bfloat16: "bf16" } as const;

/** Element type of a value. */
export type Dtype = keyof typeof short;

/** Element type of a graph's inputs and outputs. */
export type HostDtype = Exclude<Dtype, "bfloat16">;

/** The element type by its name in the textual IR; undefined for an unknown name. */
export function dtypeOf(name: string): Dtype | undefined {
  const names = Object.keys(short) as readonly Dtype[]; // the keys of the table
  return names.find((dtype) => short[dtype] === name);
}

/** Static shape; `[]` is a scalar. All dimensions are known when a program is built. */
export type Shape = readonly number[];

/** Type of a value: element type and shape. */
export interface TensorType {
  readonly dtype: Dtype;
  readonly shape: Shape;
}

/** Type of a graph input or output. */
export interface HostType extends TensorType {
  readonly dtype: HostDtype;
}

/** The type as one of a graph input or output. Throws an internal error for bfloat16. */
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

/** `f32[16,49,192]`, as in the textual IR. */
export function typeText({ dtype, shape }: TensorType): string {
  return `${short[dtype]}[${shape.join(",")}]`;
}
