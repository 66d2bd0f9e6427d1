// Data sets: which formats there are, the settings of each, and what each kind of data supplies to heads.
import { z } from "zod";
import type { DataKind, Supply } from "../spec/spec.js";
import { choice, doc, string } from "./fields.js";
import { list, range } from "./lists.js";
import { most } from "./most.js";
import { names } from "./names.js";
import { count, ratio } from "./numbers.js";
import { section } from "./read.js";

/** What a sample of each kind holds. */
export const supplies = {
  images: ["image"],
  labelled_images: ["image", "class"],
  texts: ["text"],
  pairs: ["image", "text", "match"],
  questions: ["image", "text", "answer"],
  statements: ["image", "text", "truth"],
  masks: ["image", "mask"],
} as const satisfies Record<DataKind, readonly Supply[]>;

/** What data supply, as messages say it. */
export const supplyWords = {
  image: "images",
  text: "texts",
  match: "texts that are true of their images",
  class: "class labels",
  answer: "answers",
  truth: "truth labels",
  mask: "masks",
} satisfies Record<Supply, string>;

/** What every data block says first. */
export const format = doc(
  choice("shapes", "jsonl", "coco", "karpathy", "lines", "folder", "webdataset"),
  "Where the records come from.",
);
const items = doc(count({ most: most.items }).optional(), "How many samples there are; compared with the disk.");
const onError = doc(
  choice("stop", "skip").default("stop"),
  "What a sample that cannot be read does: end the run, or be left out and counted.",
);
const common = { format, items, on_error: onError };
const allow = doc(
  list(string(), { distinct: true }).optional(),
  "Other folders that image paths, and links in the folder of images, may lead to.",
);

/** The closed lists that a data block may name, with the kinds of data that have one to give. */
export const nameLists = {
  classes: ["labelled_images", "statements"],
  answers: ["questions"],
} as const satisfies Readonly<Record<string, readonly DataKind[]>>;

/** A way to take a list of names from elsewhere. */
export type NameList = keyof typeof nameLists;

const fields = z.object({
  image: doc(list(string()).default(["image"]), "The image's path; two fields where a sample has two images."),
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
  is: doc(list(string(), { distinct: true }), "Its value, or one of several; a number or a truth value as its text."),
});

const tiles = z.object({
  boxes: doc(
    list(list(count({ least: 0, most: most.pixels }))),
    "Parts of the image as [left, top, width, height] in its pixels.",
  ),
  columns: doc(count({ most: most.pixels }), "Parts in a row of the new image."),
});

const grid = z.object({
  cells: doc(count({ most: 64 }), "Cells of the larger image, row by row."),
  columns: doc(count({ most: 64 }), "Cells in a row."),
  scale: doc(
    range(ratio({ open: "low" })).default([1, 1]),
    "Sides of an image over those of its cell, drawn for each image, as is its place in the cell.",
  ),
  places: doc(
    count({ least: 2 }).optional(),
    "Places along either side of a cell, evenly spaced from edge to edge, that an image can be in; any where it is left out.",
  ),
});

/** A schema for every format; the settings are those of the data source of that name. */
export const dataSchemas = {
  shapes: doc(
    z.object({
      format,
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
  jsonl: doc(
    z.object({
      ...common,
      records: doc(string(), "The file of records, one JSON object a line."),
      images: doc(string().optional(), "The folder that image paths start from; the file's own where it is left out."),
      fields: doc(section(fields).optional(), "Which field of a record holds what."),
      allow,
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
      together: doc(
        string().optional(),
        "Records that agree in this field follow one another in every epoch: such as the images of one text.",
      ),
      tiles: doc(section(tiles).optional(), "Lays parts of a wide image out anew before it is made square."),
    }),
    "Records on disk, one JSON object a line.",
  ),
  coco: doc(
    z.object({
      ...common,
      annotations: doc(string(), "The JSON file of captions, such as `captions_train2017.json`."),
      images: doc(string(), "The folder of images, such as `train2017`."),
      allow,
    }),
    "Images with captions in the JSON of COCO.",
  ),
  karpathy: doc(
    z.object({
      ...common,
      annotations: doc(string(), "The JSON file of Karpathy's splits."),
      images: doc(string(), "The folder of images."),
      allow,
      split: doc(
        list(choice("train", "restval", "val", "test"), { distinct: true }).default(["train", "restval"]),
        "Which splits are taken.",
      ),
    }),
    "Images with captions in the JSON of Karpathy's splits (COCO, Flickr30K).",
  ),
  lines: doc(
    z.object({ ...common, files: doc(list(string(), { distinct: true }), "Text files, one text a line.") }),
    "Text files.",
  ),
  folder: doc(
    z.object({
      ...common,
      images: doc(string(), "A folder; with classes, one folder for each."),
      masks: doc(string().optional(), "A folder of masks of the same names."),
      allow,
      classes: doc(
        names().optional(),
        "Names of the folders that are classes, in order; a file holds one a line. All that there are where it is left out.",
      ),
    }),
    "A folder of images, one folder a class, or with masks.",
  ),
  webdataset: doc(
    z.object({ ...common, shards: doc(list(string(), { distinct: true }), "Tar files, as `train-{000..099}.tar`.") }),
    "Tar files of samples.",
  ),
} as const;

/** A format of the language; not all are opened by this version. */
export type DataFormat = keyof typeof dataSchemas;
