// Heads that the language knows and checks, and that no program has yet: what is the same of all of them.
import type { ModelSpec } from "../spec/spec.js";
import { patchesPerSide } from "../spec/geometry.js";

/** The settings as they were read; whose parameters a head uses is in its spec already. */
function make(values: Readonly<Record<string, unknown>>) {
  return { settings: { settings: Object.fromEntries(Object.entries(values).filter(([key]) => key !== "share")) } };
}

/** No parameters, no products, nothing of a batch; about the states of one view are kept. */
export const deferred = {
  make,
  wants: () => ({}),
  parameters: () => [],
  flops: () => 0,
  elements: (model: ModelSpec) => patchesPerSide(model) ** 2 * model.width,
  shows: null,
  lower: "deferred",
} as const;
