// A duration of training.

/** `stage` counts in whole stages: 0.5 is half of its steps. */
export type Duration = { readonly unit: "steps" | "epochs" | "stage"; readonly value: number };
