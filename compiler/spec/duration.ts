// A stretch of training.

export type Duration = { readonly unit: "steps" | "epochs" | "stage"; readonly value: number };
