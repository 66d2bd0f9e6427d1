// The table of data formats: what `format: …` in a data block can be, its options, and how it is opened. A new source is
// one row here.
import path from "node:path";

import { z } from "zod";

import type { DataKind, DataSet } from "./data-set.js";
import { jsonlOptions, openJsonl } from "./jsonl.js";
import { SPLITS } from "./shapes/scene.js";
import { openShapes } from "./shapes/world.js";

/** Options of `format: shapes`. */
export const shapesOptions = z.strictObject({
  split: z.enum(SPLITS).default("train").describe("Which part of the world; no two parts share a scene."),
  seed: z.int().nonnegative().default(1).describe("Which world."),
  scenes: z.int().positive().optional().describe("Scenes in the split; default 8000 for train, 500 for the others."),
  images: z
    .union([z.literal(1), z.literal(2)])
    .default(1)
    .describe("Images that a statement is about."),
  items: z.int().positive().optional().describe("Use only the first so many items."),
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

export const sources = {
  shapes: source({
    summary: "The generated world: needs no download.",
    kinds: KINDS,
    options: shapesOptions,
    open: async (kind, { scenes, items, ...options }) =>
      openShapes({ kind, ...options, ...(scenes !== undefined && { scenes }), ...(items !== undefined && { items }) }),
  }),
  jsonl: source({
    summary: "Records on disk, one JSON object per line, beside a folder of images.",
    kinds: KINDS,
    options: jsonlOptions,
    open: async (kind, options, folder) => {
      const records = path.resolve(folder, options.records);
      const images = options.images === undefined ? path.dirname(records) : path.resolve(folder, options.images);
      return openJsonl(kind, { ...options, records, images });
    },
  }),
} as const;

export type SourceName = keyof typeof sources;
