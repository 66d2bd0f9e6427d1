// The table of data formats: what `format: …` in a data block can be, its options, and how it is opened. A new source is
// one row here.
import path from "node:path";

import { z } from "zod";

import { openCoco } from "./coco.js";
import type { DataKind, DataSet } from "./data-set.js";
import { openFolder } from "./folder.js";
import { jsonlOptions, openJsonl } from "./jsonl.js";
import { openKarpathy } from "./karpathy.js";
import { openLines } from "./lines.js";
import { SPLITS } from "../shapes/scene.js";
import { openShapes } from "../shapes/world.js";

/** Options of `format: shapes`. */
const shapesOptions = z.strictObject({
  split: z.enum(SPLITS).default("train").describe("Which part of the world; no two parts share a scene."),
  seed: z.int().nonnegative().default(1).describe("Which world."),
  scenes: z.int().positive().optional().describe("Scenes in the split; default 8000 for train, 500 for the others."),
  images: z
    .union([z.literal(1), z.literal(2)])
    .default(1)
    .describe("Images that a statement is about."),
  grid: z
    .strictObject({
      cells: z.int().positive(),
      columns: z.int().positive(),
      scale: z.tuple([z.number().positive().max(1), z.number().positive().max(1)]).default([1, 1]),
      places: z.int().min(2).optional(),
    })
    .optional()
    .describe("Lays a sample's images out in cells of one image."),
  items: z.int().positive().optional().describe("Use only the first so many items."),
});

const onError = z.enum(["stop", "skip"]).default("stop").describe("What a broken record does.");
const allow = z.array(z.string()).default([]).describe("Other folders that paths and links may lead to.");

const cocoOptions = z.strictObject({
  annotations: z.string().describe("The JSON file of captions."),
  images: z.string().describe("The folder of images."),
  allow,
  on_error: onError,
});

const karpathyOptions = z.strictObject({
  annotations: z.string().describe("The JSON file of Karpathy's splits."),
  images: z.string().describe("The folder of images; a record's `filepath` is a folder in it."),
  allow,
  split: z.array(z.string()).min(1).default(["train", "restval"]).describe("Which splits are taken."),
  on_error: onError,
});

const linesOptions = z.strictObject({
  files: z.array(z.string()).min(1).describe("Text files, one text a line; blank lines are left out."),
  on_error: onError,
});

const folderOptions = z.strictObject({
  images: z.string().describe("The folder; what is below it counts too. With classes, one folder for each in it."),
  masks: z.string().optional().describe("A folder of masks with the names of the images, whatever their ending."),
  allow,
  classes: z.array(z.string()).optional().describe("Names of the folders that are classes, in order; default all."),
  on_error: onError,
});

/** A format: the schema of its options, and opening it. `folder` is what relative paths start from. */
interface Source<Options extends z.ZodType> {
  readonly summary: string;
  readonly kinds: readonly DataKind[];
  readonly options: Options;
  open(kind: DataKind, options: z.output<Options>, folder: string): Promise<DataSet>;
}

function source<Options extends z.ZodType>(entry: Source<Options>): Source<Options> {
  return entry;
}

const KINDS = ["images", "labelled_images", "texts", "pairs", "questions", "statements", "masks"] as const;

/** By the name that `format:` takes. */
export const sources = {
  shapes: source({
    summary: "The generated world: needs no download.",
    kinds: KINDS,
    options: shapesOptions,
    open: async (kind, options) => openShapes({ kind, ...options }),
  }),
  jsonl: source({
    summary: "Records on disk, one JSON object per line, beside a folder of images.",
    kinds: KINDS,
    options: jsonlOptions,
    open: async (kind, options, folder) => {
      const records = path.resolve(folder, options.records);
      const images = options.images === undefined ? path.dirname(records) : path.resolve(folder, options.images);
      return openJsonl(kind, { ...options, records, images, allow: allFrom(folder, options.allow) });
    },
  }),
  coco: source({
    summary: "Images with captions in the JSON of COCO.",
    kinds: ["pairs"],
    options: cocoOptions,
    open: async (_, options, folder) => openCoco({ ...options, ...annotated(folder, options) }),
  }),
  karpathy: source({
    summary: "Images with captions in the JSON of Karpathy's splits (COCO, Flickr30K).",
    kinds: ["pairs"],
    options: karpathyOptions,
    open: async (_, options, folder) => openKarpathy({ ...options, ...annotated(folder, options) }),
  }),
  lines: source({
    summary: "Text files, one text a line.",
    kinds: ["texts"],
    options: linesOptions,
    open: async (_, { files, ...options }, folder) => openLines({ ...options, files: allFrom(folder, files) }),
  }),
  folder: source({
    summary: "A folder of images: alone, one folder a class, or with masks.",
    kinds: ["images", "labelled_images", "masks"],
    options: folderOptions,
    open: async (kind, { images, masks, allow: others, ...options }, folder) =>
      openFolder(kind, {
        ...options,
        images: path.resolve(folder, images),
        allow: allFrom(folder, others),
        ...(masks !== undefined && { masks: path.resolve(folder, masks) }),
      }),
  }),
} as const;

/** A format that this version opens. */
export type SourceName = keyof typeof sources;

function allFrom(folder: string, paths: readonly string[]): string[] {
  return paths.map((each) => path.resolve(folder, each));
}

interface Annotated {
  readonly annotations: string;
  readonly images: string;
  readonly allow: readonly string[];
}

function annotated(folder: string, { annotations, images, allow: others }: Annotated): Annotated {
  return {
    annotations: path.resolve(folder, annotations),
    images: path.resolve(folder, images),
    allow: allFrom(folder, others),
  };
}
