// Ways to mix the images of a batch pairwise. Their implementations are in runtime/data/batches/mix-images.ts.
import { z } from "zod";
import { doc } from "./fields.js";
import { real } from "./numbers.js";
import type { Calls } from "./families.js";
import type { Signature } from "./signature.js";

const alpha = (value: number) =>
  doc(real({ least: 0, most: 100, open: "low" }).default(value), "The mixing weight is drawn from Beta(alpha, alpha).");

/** By name, with keys and documentation; source of the reference page. */
export const mixings = {
  mixup: {
    doc: "Mixup: every image is a weighted mean of two (Zhang et al. 2018).",
    positional: ["alpha"],
    schema: z.object({ alpha: alpha(0.8) }),
  },
  cutmix: {
    doc: "CutMix: every image has a rectangle of another one (Yun et al. 2019).",
    positional: ["alpha"],
    schema: z.object({ alpha: alpha(1) }),
  },
} as const satisfies Readonly<Record<string, Signature>>;

/** An element of `mix: […]`, as parsed by its schema. */
export type MixSpec = Calls<typeof mixings>;
