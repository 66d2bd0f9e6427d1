// The formats of data, one row each, with the keys of their data blocks. The reader of a format is the row of the same
// name in runtime/data/sources/sources.ts.
import { z } from "zod";
import { cropGrid } from "./crop-grid.js";
import { dataKinds } from "./data.js";
import { formatRule, type FormatRule } from "./format-rule.js";
import { choice, doc, docOf, flag, string } from "./fields.js";
import { common, files, imageFiles, images, reduceZeroLabel, shuffle, split } from "./file-keys.js";
import { list } from "./lists.js";
import { most } from "./most.js";
import { names, type NameList } from "./names.js";
import { count } from "./numbers.js";
import {
  answerKeys,
  answersFrom,
  memberFields,
  type AnswerSettings,
  recordFields,
  recordImages,
  recordKeys,
  selectionKeys,
} from "./record-keys.js";
import { shapes } from "./shapes-keys.js";

/** The formats, one row each. */
export const formats = {
  shapes,
  jsonl: formatRule({
    kinds: dataKinds,
    schema: doc(
      z.object({
        ...imageFiles,
        records: doc(string(), "The file of records, one JSON object per line."),
        images,
        ...recordKeys(recordFields),
      }),
      "JSON lines: one record, a JSON object, per line.",
    ),
  }),
  csv: formatRule({
    kinds: dataKinds,
    schema: doc(
      z.object({
        ...imageFiles,
        records: doc(string(), "The table, with a header line of column names."),
        separator: doc(
          string().optional(),
          "The separator of values; by default a tab in files ending in `.tsv` or `.tab`, else a comma.",
        ),
        quotes: doc(flag().default(true), "Whether values with separators, quotes or line breaks are quoted."),
        images,
        ...recordKeys(recordFields),
      }),
      "A table as text (CSV, TSV), one record per row; the fields are its columns.",
    ),
    problem: ({ separator }) => {
      if (separator === undefined || !/^$|["\r\n]/.test(separator)) return null;
      return {
        key: "separator",
        wanted: "a mark such as `;`, no quote and no line end",
        value: JSON.stringify(separator),
      };
    },
  }),
  coco: formatRule({
    kinds: ["pairs", "masks"],
    schema: doc(
      z.object({
        ...imageFiles,
        annotations: doc(
          string(),
          "The JSON file of captions, such as `captions_train2017.json`, or for masks that of outlines, such as `instances_train2017.json`.",
        ),
        images: doc(string(), "The folder of images, such as `train2017`."),
        split: split("whole images, with all their captions,"),
        reduce_zero_label: reduceZeroLabel,
        classes: doc(
          names().optional(),
          "Of masks: names of the categories that are classes, in order, behind that of the background unless it is none; by default all of the file.",
        ),
      }),
      "Images with captions, or with masks drawn from the outlines of objects, in the JSON of COCO.",
    ),
  }),
  karpathy: formatRule({
    kinds: ["pairs"],
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
  }),
  vqa2: formatRule({
    kinds: ["questions"],
    schema: doc(
      z.object({
        ...imageFiles,
        questions: doc(string(), "The JSON file of questions, such as `v2_OpenEnded_mscoco_val2014_questions.json`."),
        annotations: doc(
          string().optional(),
          "The JSON file of their answers, such as `v2_mscoco_val2014_annotations.json`; left out for a test set without answers.",
        ),
        images: doc(string(), "The folder of images, such as `val2014`."),
        image_names: doc(
          string().optional(),
          "What the image file with number 0 would be called, as in `COCO_val2014_000000000000.jpg`; by default from the file's `data_subtype`.",
        ),
        ...answerKeys,
        ...selectionKeys,
      }),
      "Questions in the JSON of VQA v2.",
    ),
    problem: ({ image_names: value }) => {
      if (value === undefined || value.includes("0")) return null;
      return { key: "image_names", wanted: "a name with zeros for the number", value: JSON.stringify(value) };
    },
  }),
  nlvr2: formatRule({
    kinds: ["statements"],
    schema: doc(
      z.object({
        ...imageFiles,
        records: doc(string(), "The file of sentences, one JSON object per line, such as `dev.json`."),
        images: doc(string(), "The folder of images, such as `images/train` or `dev`."),
        split: split("whole sentences, with all their images,"),
      }),
      "Statements about two photographs as NLVR2 has them.",
    ),
    twoImages: { how: "`format: nlvr2`", has: () => true },
  }),
  nlvr: formatRule({
    kinds: ["statements"],
    schema: doc(
      z.object({
        ...imageFiles,
        records: doc(string(), "The file of sentences, one JSON object per line, such as `train.json`."),
        images: doc(string(), "The folder of images, such as `train/images`."),
        split: doc(choice("train", "dev", "test"), "Which split it is, as files of images are named."),
        permutations: doc(
          list(count({ least: 0, most: 5 }), { distinct: true, least: 1 }).default([0]),
          "Which of the six orders of an image's boxes are samples.",
        ),
      }),
      "Statements about drawings of boxes as NLVR has them.",
    ),
  }),
  lines: formatRule({
    kinds: ["texts"],
    schema: doc(
      z.object({
        ...common,
        files: files("Text files, one text per line or per paragraph; `books/*.txt` names several."),
        unit: doc(
          choice("line", "paragraph").default("line"),
          "What a text is: a line, or the lines between blank ones, as in books.",
        ),
        split: split("texts"),
      }),
      "Text files.",
    ),
  }),
  folder: formatRule({
    kinds: ["images", "labelled_images", "masks"],
    schema: doc(
      z.object({
        ...imageFiles,
        images: doc(string(), "A folder; with classes, one subfolder per class."),
        masks: doc(string().optional(), "A folder of masks of the same names."),
        split: split("images"),
        reduce_zero_label: reduceZeroLabel,
        classes: doc(
          names().optional(),
          "Names of the folders that are classes, or of the classes of masks, in order; a file holds one per line. By default all folders.",
        ),
      }),
      "A folder of images, with one subfolder per class, or with masks.",
    ),
  }),
  webdataset: formatRule({
    kinds: dataKinds,
    schema: doc(
      z.object({
        ...common,
        ...cropGrid,
        shards: files("Tar files, as `train-{000..099}.tar` or `train-*.tar`."),
        shuffle,
        ...recordKeys(memberFields),
      }),
      "Tar files of samples (WebDataset); the fields are the extensions of their members, `json.caption` a field of the JSON member.",
    ),
  }),
  parquet: formatRule({
    kinds: dataKinds,
    schema: doc(
      z.object({
        ...imageFiles,
        files: files("Tables, as `train-{00000..00029}-of-00030.parquet` or `*.parquet`."),
        shuffle: doc(
          count({ most: most.items }).default(1000),
          "Size of the shuffle buffer: row groups are read in random order.",
        ),
        images,
        ...recordKeys(recordFields),
      }),
      "Tables of Apache Parquet, as Hugging Face serves them; the fields are columns, images bytes in one.",
    ),
  }),
  arrow: formatRule({
    kinds: dataKinds,
    schema: doc(
      z.object({
        ...imageFiles,
        files: files("Tables, as `train_{0..29}.arrow` or `*.arrow`."),
        shuffle,
        images,
        ...recordKeys(recordFields),
      }),
      "Tables of Apache Arrow, as ViLT and Hugging Face's `datasets` write them; the fields are columns, images bytes in one.",
    ),
  }),
} as const;

/** The name of a format, as `format:` takes it. */
export type DataFormat = keyof typeof formats;

/** The settings of a format in the specification: other data blocks are referred to by name. */
export type DataSettings<Format extends DataFormat> = Named<z.output<(typeof formats)[Format]["schema"]>>;

type Named<Settings> = { readonly [Key in keyof Settings]: NamedValue<Settings[Key]> };
type NamedValue<T> = T extends { readonly kind: "from" } ? { readonly from: string } : T;

/** The names of the formats, in the order of the reference. */
export const formatNames = Object.keys(formats) as [DataFormat, ...DataFormat[]]; // the keys of the table

/** The key that every data block has, whatever its format. */
export const format = doc(choice(...formatNames), "Where the records come from.");

/** The row of a format by name. */
export function formatOf(name: DataFormat): FormatRule<z.ZodObject> {
  return formats[name] as unknown as FormatRule<z.ZodObject>; // each row accepts the settings of its own keys
}

/**
 * How samples of a format get two images: in the format's own way, or by two fields of its records; null: they always
 * have one.
 */
export function twoImagesOf(name: DataFormat): NonNullable<FormatRule<z.ZodObject>["twoImages"]> | null {
  const { schema, twoImages } = formatOf(name);
  if (twoImages !== undefined) return twoImages;
  // Boundary: the settings of a format with that key contain its parsed value.
  return Object.hasOwn(schema.shape, "fields") ? (recordImages as ReturnType<typeof twoImagesOf>) : null;
}

/**
 * How often an answer must occur to be listed, if the list is made from the records' answers; null: the list is given,
 * or the format has its own, or none.
 */
export function answersListed(name: DataFormat, settings: object): number | null {
  // Unchecked cast, as above.
  return Object.hasOwn(formatOf(name).schema.shape, "answer_count") ? answersFrom(settings as AnswerSettings) : null;
}

/** The keys of a data block of a format. */
export function blockKeys(name: DataFormat): z.ZodObject {
  const { schema } = formatOf(name);
  return doc(z.object({ format, ...schema.shape }), docOf(schema));
}

/** Whether a block of a format may specify a list of its own. */
export function namesList(name: DataFormat, list: NameList): boolean {
  return Object.hasOwn(formatOf(name).schema.shape, list);
}

/** Whether the language has a format of that name; whether this version can open it is for the runtime to say. */
export function isFormat(name: string): name is DataFormat {
  return Object.hasOwn(formats, name);
}
