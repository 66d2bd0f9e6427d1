// The formats of data: a row each, with the keys that a data block of it has. What opens it is the row of the same name in
// runtime/data/sources/sources.ts.
import { z } from "zod";
import { choice, doc, docOf, string } from "./fields.js";
import { list, range, tuple } from "./lists.js";
import { most } from "./most.js";
import { names, type NameList } from "./names.js";
import { count, ratio } from "./numbers.js";
import { section } from "./read.js";

/** What the language knows of a data format. */
export interface FormatRule<Schema extends z.ZodObject> {
  /** Its keys, besides `format` itself. */
  readonly schema: Schema;
  /** Whether epochs can be counted without `items`: the checker does not look at what lies on the disk. */
  readonly knowsItems?: true;
  /** How samples get two images, and whether they have; some keys count as soon as they are written. */
  readonly twoImages?: {
    readonly how: string;
    readonly has: (settings: z.output<Schema>, isWritten: (key: string) => boolean) => boolean;
  };
  /**
   * How often an answer must occur to be listed, where the answers of the records are the list; null: the list is given.
   * Left out where the format has a list of its own, or none.
   */
  readonly answersFrom?: (settings: z.output<Schema>) => number | null;
  /** What does not agree between keys. */
  readonly problem?: (settings: z.output<Schema>) => Problem | null;
}

/** What does not agree between keys: the key, what it would have to be, and what it is. */
export interface Problem {
  readonly key: string;
  readonly wanted: string;
  readonly value: string;
}

/** Types a row by its own keys. */
function formatRule<Schema extends z.ZodObject>(rule: FormatRule<Schema>): FormatRule<Schema> {
  return rule;
}

const items = doc(count({ most: most.items }).optional(), "How many samples there are; compared with the disk.");
const onError = doc(
  choice("stop", "skip").default("stop"),
  "What a sample that cannot be read does: end the run, or be left out and counted.",
);
const common = { items, on_error: onError };

const box = () =>
  tuple(["left", "top", "width", "height"], (name) =>
    count({ least: name === "width" || name === "height" ? 1 : 0, most: most.pixels }),
  );

const cropGrid = z.object({
  boxes: doc(
    list(box(), { least: 1 }),
    "Parts of the image as [left, top, width, height] in its pixels, all of one size.",
  ),
  columns: doc(count({ most: most.pixels }), "Boxes in a row of the grid; rows fill from the top left."),
});

/** Of formats that name image files. */
const imageFiles = {
  ...common,
  allow: doc(
    list(string(), { distinct: true }).optional(),
    "Other folders that image paths, and links in the folder of images, may lead to.",
  ),
  crop_grid: doc(
    section(cropGrid).optional(),
    "Lays boxes of every image out as a grid before it is made square: a film strip, or images side by side in one file.",
  ),
};

/** Boxes that make no grid, or one that is too large to be held. */
function noGrid({ crop_grid: grid }: { crop_grid?: z.output<typeof cropGrid> | undefined }): Problem | null {
  if (grid === undefined) return null;
  const { boxes, columns } = grid;
  const sizes = new Set(boxes.map(([, , width, height]) => `${width} × ${height}`));
  if (sizes.size > 1) return { key: "boxes", wanted: "boxes of one size", value: [...sizes].join(" and ") };
  if (columns > boxes.length)
    return { key: "columns", wanted: `at most ${boxes.length}, as many as there are boxes`, value: `${columns}` };
  const [, , width = 0, height = 0] = boxes[0] ?? [];
  const area = columns * Math.ceil(boxes.length / columns) * width * height;
  const wanted = `boxes of at most ${most.imagePixels} pixels in all`;
  return area <= most.imagePixels ? null : { key: "boxes", wanted, value: `${area}` };
}

const fields = z.object({
  image: doc(
    list(string(), { least: 1, most: 2 }).default(["image"]),
    "The image's path; two fields where a sample has two images.",
  ),
  text: doc(string().default("text"), "The text."),
  label: doc(string().default("label"), "The class, or the truth of a statement."),
  answers: doc(string().default("answer"), "The answer, or a list of answers."),
  mask: doc(string().default("mask"), "The mask's path."),
});

const holdOut = z.object({
  by: doc(string(), "Records that agree in this field stay together."),
  hold_out: doc(ratio({ open: "both" }).default(0.1), "Share of the field's values held out."),
  part: doc(choice("train", "validation"), "Which side this data set is."),
  seed: doc(count({ least: 0 }).default(0), "Of the choice of what is held out."),
});

const where = z.object({
  field: doc(string(), "The field that is looked at."),
  is: doc(
    list(string(), { distinct: true, least: 1 }),
    "Its value, or one of several; a number or a truth value as its text.",
  ),
});

const grid = z.object({
  cells: doc(count({ most: 64 }), "Cells of the larger image, row by row."),
  columns: doc(count({ most: 64 }), "Cells in a row."),
  scale: doc(
    range(ratio({ open: "low" })).default([1, 1]),
    "Sides of an image over those of its cell, drawn for each image, as is its place in the cell.",
  ),
});

/** The fields of a record where a block says nothing of them. */
export const recordFields = fields.parse({});

/** The formats, a row each. */
export const formats = {
  shapes: formatRule({
    schema: doc(
      z.object({
        items: doc(count({ most: most.items }).optional(), "Uses only the first so many samples."),
        seed: doc(count({ least: 0 }).default(1), "Which world."),
        split: doc(
          choice("train", "validation", "test").default("train"),
          "Which part of the world; no two parts share a scene.",
        ),
        scenes: doc(
          count({ most: most.items }).optional(),
          "Scenes of the part; 8000 of train and 500 of the others where it is left out.",
        ),
        images: doc(count({ most: 2 }).default(1), "Images that a statement is about."),
        grid: doc(
          section(grid).optional(),
          "Makes one image of a sample's images: each in a cell of its own, in their order, cells drawn for each sample; the others stay white.",
        ),
      }),
      "A generated world of simple shapes, for every kind of data; needs no download.",
    ),
    knowsItems: true,
    twoImages: {
      how: "`images: 2`",
      // Each image of a sample has a cell of its own, in one image.
      has: ({ images }, isWritten) => images === 2 && !isWritten("grid"),
    },
    problem: ({ grid, images }) => {
      if (grid === undefined || grid.cells >= images) return null;
      const wanted = `at least ${images}, a cell for each of the ${images} images`;
      return { key: "cells", wanted, value: String(grid.cells) };
    },
  }),
  jsonl: formatRule({
    schema: doc(
      z.object({
        ...imageFiles,
        records: doc(string(), "The file of records, one JSON object a line."),
        images: doc(
          string().optional(),
          "The folder that image paths start from; the file's own where it is left out.",
        ),
        fields: doc(section(fields).optional(), "Which field of a record holds what."),
        classes: doc(names().optional(), "Names of the labels, in order; a file holds one a line."),
        answers: doc(
          names().optional(),
          "The closed list of answers; a file holds one a line. Those of the records where it is left out.",
        ),
        answer_count: doc(
          count({ most: most.items }).optional(),
          "Lists only answers that are the commonest of at least so many questions, as the original with 9; every answer where it is left out.",
        ),
        split: doc(section(holdOut).optional(), "Holds out whole groups of records for validation."),
        where: doc(section(where).optional(), "Takes only the records with this in a field."),
        group_by: doc(
          string().optional(),
          "Records that agree in this field follow one another in every epoch: such as the images of one text.",
        ),
      }),
      "Records on disk, one JSON object a line.",
    ),
    twoImages: {
      how: "`fields { image: [left, right] }`, with the names of its fields",
      has: ({ fields: { image } = recordFields }) => image.length === 2,
    },
    answersFrom: ({ answers, answer_count = 1 }) => (answers === undefined ? answer_count : null),
    problem: noGrid,
  }),
  coco: formatRule({
    schema: doc(
      z.object({
        ...imageFiles,
        annotations: doc(string(), "The JSON file of captions, such as `captions_train2017.json`."),
        images: doc(string(), "The folder of images, such as `train2017`."),
      }),
      "Images with captions in the JSON of COCO.",
    ),
    problem: noGrid,
  }),
  karpathy: formatRule({
    schema: doc(
      z.object({
        ...imageFiles,
        annotations: doc(string(), "The JSON file of Karpathy's splits."),
        images: doc(string(), "The folder of images."),
        split: doc(
          list(choice("train", "restval", "val", "test"), { distinct: true, least: 1 }).default(["train", "restval"]),
          "Which splits are taken.",
        ),
      }),
      "Images with captions in the JSON of Karpathy's splits (COCO, Flickr30K).",
    ),
    problem: noGrid,
  }),
  lines: formatRule({
    schema: doc(
      z.object({ ...common, files: doc(list(string(), { distinct: true, least: 1 }), "Text files, one text a line.") }),
      "Text files.",
    ),
  }),
  folder: formatRule({
    schema: doc(
      z.object({
        ...imageFiles,
        images: doc(string(), "A folder; with classes, one folder for each."),
        masks: doc(string().optional(), "A folder of masks of the same names."),
        classes: doc(
          names().optional(),
          "Names of the folders that are classes, in order; a file holds one a line. All that there are where it is left out.",
        ),
      }),
      "A folder of images, one folder a class, or with masks.",
    ),
    problem: noGrid,
  }),
  webdataset: formatRule({
    schema: doc(
      z.object({
        ...common,
        shards: doc(list(string(), { distinct: true, least: 1 }), "Tar files, as `train-{000..099}.tar`."),
      }),
      "Tar files of samples.",
    ),
  }),
} as const;

/** The name of a format, as `format:` takes it. */
export type DataFormat = keyof typeof formats;

/** The settings of a format as the specification has them: other data are there by their names. */
export type DataSettings<Format extends DataFormat> = Named<z.output<(typeof formats)[Format]["schema"]>>;

type Named<Settings> = { readonly [Key in keyof Settings]: NamedValue<Settings[Key]> };
type NamedValue<T> = T extends { readonly kind: "from" } ? { readonly from: string } : T;

/** The names of the formats, in the order of the reference. */
export const formatNames = Object.keys(formats) as [DataFormat, ...DataFormat[]]; // the keys of the table

/** What every data block says first. */
export const format = doc(choice(...formatNames), "Where the records come from.");

/** The row of a format that is looked up by name. */
export function formatOf(name: DataFormat): FormatRule<z.ZodObject> {
  return formats[name] as unknown as FormatRule<z.ZodObject>; // each row takes settings of its own keys
}

/** The keys of a data block of a format. */
export function blockKeys(name: DataFormat): z.ZodObject {
  const { schema } = formatOf(name);
  return doc(z.object({ format, ...schema.shape }), docOf(schema));
}

/** Whether a block of a format may name a list of its own. */
export function namesList(name: DataFormat, list: NameList): boolean {
  return Object.hasOwn(formatOf(name).schema.shape, list);
}

/** Whether the language knows a format; whether this version opens it is the runtime's to say. */
export function isFormat(name: string): name is DataFormat {
  return Object.hasOwn(formats, name);
}
