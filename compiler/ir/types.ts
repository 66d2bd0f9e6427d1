// Element types and shapes of the graph IR. Everything that touches a tensor speaks in these.

/** Element type of a value. Masks and flags are float32 zeros and ones; indices and ids are int32. */
export type Dtype = "float32" | "int32";

/** Static shape; `[]` is a scalar. Every dimension is a number by the time a program is built. */
export type Shape = readonly number[];

/** What is known of a value before it is computed. */
export interface TensorType {
  readonly dtype: Dtype;
  readonly shape: Shape;
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
  return `${dtype === "float32" ? "f32" : "i32"}[${shape.join(",")}]`;
}
