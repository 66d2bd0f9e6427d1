// Keys of data blocks of generated scenes, `format: shapes`.
import { z } from "zod";
import { dataKinds } from "./data.js";
import { choice, doc } from "./fields.js";
import { formatRule } from "./format-rule.js";
import { range } from "./lists.js";
import { most } from "./most.js";
import { count, ratio } from "./numbers.js";
import { section } from "./families.js";

const grid = z.object({
  cells: doc(count({ most: 64 }), "Cells of the larger image, row by row."),
  columns: doc(count({ most: 64 }), "Cells in a row."),
  scale: doc(
    range(ratio({ open: "low" })).default([1, 1]),
    "Sides of an image over those of its cell, drawn for each image, as is its place in the cell.",
  ),
});

/** Its row in the table of formats. */
export const shapes = formatRule({
  kinds: dataKinds,
  schema: doc(
    z.object({
      items: doc(count({ most: most.items }).optional(), "Uses only the first n samples."),
      seed: doc(count({ least: 0 }).default(1), "Which world."),
      split: doc(
        choice("train", "validation", "test").default("train"),
        "Which split of the generated data; splits share no scene.",
      ),
      scenes: doc(
        count({ most: most.scenes }).optional(),
        "Number of scenes in the split; by default 8000 for train and 500 for the others.",
      ),
      images: doc(count({ most: 2 }).default(1), "Images that a statement is about."),
      grid: doc(
        section(grid).optional(),
        "Combines a sample's images into one: each in its own cell, in order, at cells drawn per sample; the other cells stay white.",
      ),
    }),
    "Generated images of simple shapes with texts, for every kind of data; needs no download.",
  ),
  twoImages: {
    how: "`images: 2`",
    // With `grid` both images of a sample are cells of one image.
    has: ({ images }, isWritten) => images === 2 && !isWritten("grid"),
  },
  problem: ({ grid, images }) => {
    if (grid === undefined || grid.cells >= images) return null;
    const wanted = `at least ${images}, a cell for each of the ${images} images`;
    return { key: "cells", wanted, value: String(grid.cells) };
  },
});
