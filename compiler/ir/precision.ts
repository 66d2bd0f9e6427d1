// The precisions that a run can have. Parameters, optimizer state, losses and whatever else goes in or out of a program
// are float32 in each.

/** By the name that `--precision` takes: what factors of products are rounded to. */
export const precisions = {
  float32: "not rounded",
  tf32: "rounded to TensorFloat-32 (10 bits) by the tensor cores of a CUDA device, which add up in float32",
  bfloat16: "rounded to bfloat16 (7 bits), and the products too; they are added up in float32",
} as const;

/** A precision of the table. */
export type Precision = keyof typeof precisions;

/** The usual one first. */
export const precisionNames = Object.keys(precisions) as readonly Precision[]; // the keys of the table
