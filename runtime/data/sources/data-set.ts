// The interface of data sources: a list of items, each with its images (as sources), texts and targets. Nothing is decoded
// here: items are cheap, pixels are loaded when a batch needs them.
export type { DataKind } from "../../../compiler/index.js";
import type { DataKind } from "../../../compiler/index.js";
import type { VlmoError, Location } from "../../errors/vlmo-error.js";

/** What the items of a data set contain. `image` is one image, `images` two. */
export type Supply = "image" | "images" | "text" | "label" | "answers" | "mask";

/** Where pixels come from: a generated drawing, or a file named by a record at `place`. `key` identifies it in caches. */
export type ImageSource = Drawing | ImageFile;

/** A generated drawing, square and without a size of its own. */
export interface Drawing {
  readonly kind: "drawing";
  readonly key: string;
  readonly svg: string;
  readonly window?: ImageWindow;
}

/** A square window of an image, as large as the model's input, after the image was scaled. */
export interface ImageWindow {
  /** The key of the image. */
  readonly of: string;
  /** The size of the scaled image in pixels. */
  readonly scaled: { readonly width: number; readonly height: number };
  readonly left: number;
  readonly top: number;
}

/** An image on disk, or bytes that a client has sent. */
export interface ImageFile {
  readonly kind: "file";
  readonly key: string;
  /** Its own file, or the file it is inside; for sent bytes, the name that the sender gives them. */
  readonly path: string;
  readonly inside?: Inside;
  readonly place: Location;
  readonly cropGrid?: CropGrid;
  readonly window?: ImageWindow;
  /** For masks: 0 is no class, 1 the first one. */
  readonly reduceZeroLabel?: true;
}

/** Where an image is: bytes in a file, a cell of a compressed table, outlines to draw, or memory. */
export type Inside = PartInside | CellInside | DrawnInside | SentInside;

/** All bytes of an image that is not in a file. */
export interface SentInside {
  readonly bytes: Buffer;
}

/** A member of an archive, or an uncompressed value of a table. */
export interface PartInside {
  readonly name: string;
  readonly offset: number;
  readonly size: number;
}

/** A cell of a table, compressed with its row group. */
export interface CellInside {
  readonly name: string;
  readonly column: string;
  /** From 1. */
  readonly row: number;
  /** The rows of its row group, from 0, `end` excluded. */
  readonly group: { readonly start: number; readonly end: number };
}

/** A mask of class indices drawn from annotations, later regions over earlier ones. */
export interface DrawnInside {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  /** Pixels outside all of them are 0. */
  readonly regions: readonly Region[];
}

/** The area of one class. */
export interface Region {
  readonly label: number;
  readonly area: Area;
}

/** Polygons as corners x₁, y₁, x₂, y₂, … in pixels; or run lengths in column-major order, outside and inside in turn. */
export type Area =
  | { readonly kind: "polygons"; readonly polygons: readonly (readonly number[])[] }
  | { readonly kind: "runs"; readonly runs: readonly number[] };

/** Boxes of an image arranged as a grid, so that a wide image loses less when it is made square. */
export interface CropGrid {
  /** [left, top, width, height] in pixels of the file, all of one size. */
  readonly boxes: readonly (readonly [number, number, number, number])[];
  /** Boxes per row; filled from the top left, unused cells stay white. */
  readonly columns: number;
}

/** An answer to a question and its score, 0 … 1; `index` is that in `DataSet.answers`. */
export interface ScoredAnswer {
  readonly index: number;
  readonly score: number;
}

/** One example. Its fields follow from `supplies` of its data set. */
export interface Item {
  /** Identifies the item in messages: `shapes/train/pairs/17`, `train.jsonl:12`. */
  readonly name: string;
  readonly images: readonly ImageSource[];
  /** Items with the same group are adjacent in every epoch. */
  readonly group?: string;
  readonly text?: string;
  /** Its id in the data set, if it has ids: evaluation servers expect answers with these. */
  readonly id?: string | number;
  /** Identifies the sentence, if it occurs with several images and has a name. */
  readonly sentence?: string;
  /** Class index in `DataSet.classes`; for statements 0 is false and 1 is true. */
  readonly label?: number;
  readonly answers?: readonly ScoredAnswer[];
  /** The type of a question's answer according to the data: `yes/no`, `number`, `other`. */
  readonly answerType?: string;
  /** A drawing whose levels are class indices, 0 for background, or a PNG that stores class indices. */
  readonly mask?: ImageSource;
}

/** Digests of a data block. */
export interface Digest {
  /** Of its records, including broken ones: other records make it another run. */
  readonly records: string;
  /** Of the sizes of the files that records name, if any: changes when a file is repaired. */
  readonly files?: string;
}

/** A list of examples of one kind. Items are made on demand; an index always gives the same item. */
export interface DataSet {
  readonly name: string;
  readonly kind: DataKind;
  readonly supplies: ReadonlySet<Supply>;
  readonly length: number;
  /** By data block: its digests at opening. */
  readonly digests: ReadonlyMap<string, Digest>;
  item(index: number): Item;
  /** Names of the labels, or of the classes of a mask. */
  readonly classes?: readonly string[];
  readonly answers?: readonly string[];
  /** If items have groups: for each item, the index of the first item of its group. */
  readonly groups?: Int32Array;
  /** If records were left out: the index of each item among all records. */
  readonly places?: Places;
  /** If records are read mostly sequentially, or mixed by weights: the parts that they come in, in order. */
  readonly parts?: readonly Part[];
  /** Records left out on opening under `on_error: skip`. */
  readonly skipped?: readonly VlmoError[];
  /** What is not a mistake, but reported by `check --data`, so that nothing is left out silently. */
  readonly notes?: readonly Note[];
}

/** Records that are shuffled among themselves before they are mixed with other parts. */
export interface Part {
  readonly records: number;
  /** The sampling weight relative to other parts; without weights, proportional to its records. */
  readonly weight?: number;
  readonly stretches?: Stretches;
}

/** Contiguous records: where each stretch begins, and the size of the shuffle buffer. */
export interface Stretches {
  readonly starts: Int32Array;
  readonly buffer: number;
}

/** `2 classes have no image`, with the first few names. */
export interface Note {
  readonly says: string;
  readonly count: number;
  readonly names: readonly string[];
}

/**
 * Indices of items among all records, including broken ones. Shuffling and random draws use these, so that a record that
 * breaks, or is repaired, changes nothing for the others.
 */
export interface Places {
  readonly of: Int32Array;
  readonly total: number;
}

/** The indices of items among records in which null marks those left out; undefined if none is. */
export function placesAmong(records: readonly unknown[]): Places | undefined {
  const places = [...records.keys()].filter((place) => records[place] !== null);
  return places.length === records.length ? undefined : { of: Int32Array.from(places), total: records.length };
}

/** The number of records of a data set, including those left out. */
export function recordsOf({ places, length }: DataSet): number {
  return places?.total ?? length;
}

/** What each kind supplies; `images` is the number of images of statements. */
export function suppliesOf(kind: DataKind, images: 1 | 2 = 1): ReadonlySet<Supply> {
  const image: Supply = images === 2 ? "images" : "image";
  const table = {
    images: ["image"],
    labelled_images: ["image", "label"],
    texts: ["text"],
    pairs: ["image", "text"],
    questions: ["image", "text", "answers"],
    statements: [image, "text", "label"],
    masks: ["image", "mask"],
  } as const satisfies Record<DataKind, readonly Supply[]>;
  return new Set(table[kind]);
}

/** A subset of a data set by indices. */
export function someOf(dataSet: DataSet, indices: readonly number[]): DataSet {
  const { name, kind, supplies, digests, classes, answers } = dataSet;
  const item = (index: number): Item => dataSet.item(indices[index] ?? 0);
  const lists = { ...(classes && { classes }), ...(answers && { answers }) };
  return { name, kind, supplies, digests, ...lists, length: indices.length, item };
}

/**
 * Concatenates data sets of one kind, in their order (`data: [coco, visual_genome]`); `weights` are sampling weights, one for
 * each (`data: mix(coco: 3, visual_genome: 1)`).
 */
export function concatenated(parts: readonly DataSet[], weights: readonly number[] | null = null): DataSet {
  const [first] = parts;
  if (first === undefined) throw new Error("internal: no data sets to concatenate");
  if (parts.length === 1 && weights === null) return first;
  const item = (index: number): Item => {
    let rest = index;
    for (const part of parts) {
      if (rest < part.length) return part.item(rest);
      rest -= part.length;
    }
    throw new Error(`internal: item ${index} of ${index - rest}`);
  };
  const [groups, places] = [groupsOf(parts), placesOf(parts)];
  const isParted = weights !== null || parts.some((part) => part.parts !== undefined);
  return {
    ...first,
    name: parts.map((part) => part.name).join("+"),
    supplies: new Set([...first.supplies].filter((supply) => parts.every((part) => part.supplies.has(supply)))),
    length: parts.reduce((sum, part) => sum + part.length, 0),
    digests: new Map(parts.flatMap((part) => [...part.digests])),
    item,
    ...(groups && { groups }),
    ...(places && { places }),
    ...(isParted && { parts: parts.flatMap((part, i) => partsOf(part, weights?.[i])) }),
    skipped: parts.flatMap((part) => part.skipped ?? []),
  };
}

function partsOf(dataSet: DataSet, weight: number | undefined): readonly Part[] {
  const parts = dataSet.parts ?? [{ records: recordsOf(dataSet) }];
  return weight === undefined ? parts : parts.map((part) => ({ ...part, weight }));
}

/** The concatenated indices among all records. */
function placesOf(parts: readonly DataSet[]): Places | undefined {
  if (parts.every(({ places }) => places === undefined)) return undefined;
  const all: number[] = [];
  let total = 0;
  for (const part of parts) {
    for (let i = 0; i < part.length; i++) all.push(total + (part.places?.of[i] ?? i));
    total += recordsOf(part);
  }
  return { of: Int32Array.from(all), total };
}

/** The concatenated groups; items of a data set without groups are groups of one. */
function groupsOf(parts: readonly DataSet[]): Int32Array | undefined {
  if (parts.every(({ groups }) => groups === undefined)) return undefined;
  const all: number[] = [];
  for (const { length, groups } of parts) {
    const start = all.length;
    for (let i = 0; i < length; i++) all.push(start + (groups?.[i] ?? i));
  }
  return Int32Array.from(all);
}
