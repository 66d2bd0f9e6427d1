// The augmentations that a stage can name. Their implementations are in runtime/data/images/.
import { z } from "zod";
import { doc } from "./fields.js";
import { range } from "./lists.js";
import { count, ratio, real } from "./numbers.js";
import type { Calls } from "./families.js";
import type { Signature } from "./signature.js";

/** By name, with keys and documentation; source of the reference page. */
export const augmentations = {
  resized_crop: {
    doc: "A random crop of the image, resized to the model's size.",
    positional: ["area"],
    schema: z.object({ area: doc(range(ratio({ open: "low" })).default([0.5, 1]), "Share of the image's area.") }),
  },
  flip: {
    doc: "Flips half of the images horizontally. Makes the words `left` and `right` wrong.",
    positional: [],
    schema: z.object({}),
  },
  rand_augment: {
    doc: "Random operations on colour and geometry.",
    positional: ["count", "magnitude"],
    schema: z.object({
      count: doc(count({ most: 100 }).default(2), "Operations per image."),
      magnitude: doc(real({ least: 0, most: 10 }).default(7), "Magnitude of each, out of 10."),
    }),
  },
} as const satisfies Readonly<Record<string, Signature>>;

/** A step of `augment: […]`, as parsed by its schema. */
export type AugmentSpec = Plain<Calls<typeof augmentations>>;

/** The same with readonly lists. */
type Plain<Call> = Call extends unknown
  ? { readonly [Key in keyof Call]: Call[Key] extends unknown[] ? Readonly<Call[Key]> : Call[Key] }
  : never;
