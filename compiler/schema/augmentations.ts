// The augmentations that a stage can name. What each does to an image is in runtime/data/images/.
import { z } from "zod";
import { colour, namedColour } from "./colours.js";
import { doc } from "./fields.js";
import { list, range } from "./lists.js";
import { count, ratio, real } from "./numbers.js";
import type { Calls, Signature } from "./read.js";

/** What the language knows of an augmentation. */
export interface AugmentationRule extends Signature {
  /** The key of the data that it works on: without it, it changes nothing. */
  readonly worksOn?: string;
}

/** By name, with keys and documentation; the reference page is made of it. */
export const augmentations = {
  resized_crop: {
    doc: "A random part of the image, resized to the model's size.",
    positional: ["area"],
    schema: z.object({ area: doc(range(ratio({ open: "low" })).default([0.5, 1]), "Share of the image's area.") }),
  },
  flip: {
    doc: "Left and right exchanged for half of the images. Breaks the words `left` and `right`.",
    positional: [],
    schema: z.object({}),
  },
  shuffle_tiles: {
    doc: "The parts that `tiles` of the data lays out, in random order; before all others, wherever it stands.",
    positional: [],
    worksOn: "tiles",
    schema: z.object({ flip: doc(ratio().default(0), "Share of the parts with left and right exchanged.") }),
  },
  swap_colours: {
    doc: "Colours exchanged at random, in the image and, by their names, in its text: what is true stays true.",
    rest: "colours",
    schema: z.object({
      colours: doc(
        list(namedColour(), { distinct: (text) => text.split(" ")[0], least: 2 }),
        'Words and their colours: `"blue #0099ff"`. Shades between a colour and the background go with the colour.',
      ),
      background: doc(colour().default("#ffffff"), "The colour around them."),
    }),
  },
  rand_augment: {
    doc: "Random operations on colour and geometry.",
    positional: ["count", "magnitude"],
    schema: z.object({
      count: doc(count({ most: 100 }).default(2), "Operations an image."),
      magnitude: doc(real({ least: 0, most: 10 }).default(7), "Strength of each, of 10."),
    }),
  },
} as const satisfies Readonly<Record<string, AugmentationRule>>;

/** The row of an augmentation. */
export function augmentationOf({ kind }: AugmentSpec): AugmentationRule {
  return augmentations[kind];
}

/** A step of `augment: […]`, as its schema gives it. */
export type AugmentSpec = Plain<Calls<typeof augmentations>>;

/** With lists that nobody changes. */
type Plain<Call> = Call extends unknown
  ? { readonly [Key in keyof Call]: Call[Key] extends unknown[] ? Readonly<Call[Key]> : Call[Key] }
  : never;
