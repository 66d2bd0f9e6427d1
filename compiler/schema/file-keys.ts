// Keys that data blocks of many formats share, whatever their samples are.
import { z } from "zod";
import { cropGrid } from "./crop-grid.js";
import { choice, doc, flag, string } from "./fields.js";
import { list } from "./lists.js";
import { most } from "./most.js";
import { count, ratio } from "./numbers.js";
import { section } from "./families.js";

const items = doc(count({ most: most.items }).optional(), "How many samples there are; compared with the disk.");
const onError = doc(
  choice("stop", "skip").default("stop"),
  "What happens with a sample that cannot be read: the run ends, or the sample is skipped and counted.",
);
/** Keys of every format that reads files. */
export const common = { items, on_error: onError };

/** Keys of every format with a folder of images. */
export const imageFiles = {
  ...common,
  allow: doc(
    list(string(), { distinct: true }).optional(),
    "Other folders that image paths, and links in the folder of images, may lead to.",
  ),
  ...cropGrid,
};

/** Size of the shuffle buffer of formats that are read sequentially. */
export const shuffle = doc(
  count({ most: most.items }).default(10_000),
  "Size of the shuffle buffer: files are read mostly sequentially, in blocks in random order.",
);

/** Several files, by name or by pattern. */
export const files = (text: string) => doc(list(string(), { distinct: true, least: 1 }), text);

/** The meaning of mask values that do not start at the first class. */
export const reduceZeroLabel = doc(
  flag().optional(),
  "In masks, 0 is no class and 1 the first one, as in ADE20K and as `reduce_zero_label` of mmsegmentation.",
);

/** Which part of a data block is held out for validation. */
export const heldOut = z.object({
  hold_out: doc(ratio({ open: "both" }).default(0.1), "Share that is held out, in units that stay together."),
  part: doc(choice("train", "validation"), "Which side of the split this data set is."),
  seed: doc(count({ least: 0 }).default(0), "Seed of the split."),
});

/** The same, for formats that keep related records together themselves. */
export const split = (what: string) => doc(section(heldOut).optional(), `Holds out ${what} for validation.`);

/** The folder of images, which may be left out. */
export const images = doc(
  string().optional(),
  "The folder that image paths are relative to; by default the file's own.",
);
