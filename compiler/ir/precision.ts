// The precisions of a run. Parameters, optimizer state, losses and all other inputs and outputs of a program are
// float32 in each.

/** By the value of `--precision`: what the factors of matrix products are rounded to. */
export const precisions = {
  float32: "not rounded",
  tf32: "rounded to TensorFloat-32 (10 bits) by the tensor cores of a CUDA device, which add up in float32",
  bfloat16: "rounded to bfloat16 (7 bits), and the products too; they are added up in float32",
} as const;

/** A precision of the table. */
export type Precision = keyof typeof precisions;

/** The default first. */
export const precisionNames = Object.keys(precisions) as readonly Precision[]; // the keys of the table
