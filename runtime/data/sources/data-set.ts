// What a source of data looks like to the rest of the runtime: a list of items, each naming its images and holding its
// texts and targets. Nothing is decoded here: an item is cheap, its pixels are made when a batch needs them.
export type { DataKind } from "../../../compiler/index.js";
import type { DataKind } from "../../../compiler/index.js";
import type { VlmoError, Location } from "../../errors/vlmo-error.js";

/** What an item of a data set holds. `image` is one image, `images` two. */
export type Supply = "image" | "images" | "text" | "label" | "answers" | "mask";

/** Where pixels come from: a generated drawing, or a file named by a record at `place`. `key` names it for caches. */
export type ImageSource = Drawing | ImageFile;

/** A generated drawing, a square without a size of its own. */
export interface Drawing {
  readonly kind: "drawing";
  readonly key: string;
  readonly svg: string;
  readonly window?: ImageWindow;
}

/** A square part of an image, as large as the model's, after the image was scaled. */
export interface ImageWindow {
  /** The image's own key. */
  readonly of: string;
  /** Pixels of the scaled image. */
  readonly scaled: { readonly width: number; readonly height: number };
  readonly left: number;
  readonly top: number;
}

/** An image on the disk, or as bytes that somebody has sent. */
export interface ImageFile {
  readonly kind: "file";
  readonly key: string;
  /** Its own file, or the one that it lies in; of sent bytes what their sender calls them. */
  readonly path: string;
  readonly inside?: Inside;
  readonly place: Location;
  readonly cropGrid?: CropGrid;
  readonly window?: ImageWindow;
  /** Of a mask: 0 is no class, and 1 the first one. */
  readonly reduceZeroLabel?: true;
}

/** Where an image lies: as bytes in a file, packed in a table, as what it is drawn from, or in memory. */
export type Inside = PartInside | CellInside | DrawnInside | SentInside;

/** All bytes of an image, which lies in no file. */
export interface SentInside {
  readonly bytes: Buffer;
}

/** A member of an archive, or a value of a table that lies as it is. */
export interface PartInside {
  readonly name: string;
  readonly offset: number;
  readonly size: number;
}

/** A value of a table, which is packed with those of its group of rows. */
export interface CellInside {
  readonly name: string;
  readonly column: string;
  /** From 1. */
  readonly row: number;
  /** Rows from 0, without the last. */
  readonly group: { readonly start: number; readonly end: number };
}

/** A mask of class numbers that is drawn from annotations, later regions over earlier ones. */
export interface DrawnInside {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  /** What lies in none of them is 0. */
  readonly regions: readonly Region[];
}

/** The pixels of one class. */
export interface Region {
  readonly label: number;
  readonly area: Area;
}

/** Corners x₁, y₁, x₂, y₂, … of polygons in pixels; or lengths of runs, column by column, outside and inside in turn. */
export type Area =
  | { readonly kind: "polygons"; readonly polygons: readonly (readonly number[])[] }
  | { readonly kind: "runs"; readonly runs: readonly number[] };

/** Boxes of an image, laid out as a grid, so that a wide image loses less in a square one. */
export interface CropGrid {
  /** [left, top, width, height] in pixels of the file, all of one size. */
  readonly boxes: readonly (readonly [number, number, number, number])[];
  /** Boxes in a row; rows fill from the top left, missing ones stay white. */
  readonly columns: number;
}

/** An answer to a question and how right it is, 0 … 1; `index` counts within `DataSet.answers`. */
export interface ScoredAnswer {
  readonly index: number;
  readonly score: number;
}

/** One example. Which fields it has follows from its data set's `supplies`. */
export interface Item {
  /** Names the item in messages: `shapes/train/pairs/17`, `train.jsonl:12`. */
  readonly name: string;
  readonly images: readonly ImageSource[];
  /** Items of one group follow one another in every epoch. */
  readonly group?: string;
  readonly text?: string;
  /** What its data set calls it, where that has names: evaluation servers ask for answers by these. */
  readonly id?: string | number;
  /** Names the sentence among those of the data, where it comes with several images and has a name. */
  readonly sentence?: string;
  /** Class index within `DataSet.classes`; for statements 0 is false and 1 is true. */
  readonly label?: number;
  readonly answers?: readonly ScoredAnswer[];
  /** What kind of answer a question has, as the data say: `yes/no`, `number`, `other`. */
  readonly answerType?: string;
  /** A drawing whose levels are class numbers, 0 for the background, or a PNG that stores them. */
  readonly mask?: ImageSource;
}

/** Digests of a data block. */
export interface Digest {
  /** Of its records, broken ones too: with others a run would be another. */
  readonly records: string;
  /** Of the sizes of the files that they name, where they name any: a file that is repaired changes it. */
  readonly files?: string;
}

/** A list of examples of one kind. Items are made on demand; the same index gives the same item, always. */
export interface DataSet {
  readonly name: string;
  readonly kind: DataKind;
  readonly supplies: ReadonlySet<Supply>;
  readonly length: number;
  /** By data block: what it held when it was opened. */
  readonly digests: ReadonlyMap<string, Digest>;
  item(index: number): Item;
  /** Names of the labels, or of the classes of a mask. */
  readonly classes?: readonly string[];
  readonly answers?: readonly string[];
  /** Where items have groups: of each, the index of the first item of its group. */
  readonly groups?: Int32Array;
  /** Where records were left out: the index of each item among all records. Absent where none was. */
  readonly places?: Places;
  /** Where records are read mostly in the order in which they lie: those that follow one another without others between. */
  readonly parts?: readonly Part[];
  /** Records left out on opening under `on_error: skip`. */
  readonly skipped?: readonly VlmoError[];
  /** What is no mistake and is reported by `check --data`, so that nothing is passed over silently. */
  readonly notes?: readonly Note[];
}

/** Records that are shuffled by themselves before they are mixed with those of others. */
export interface Part {
  readonly records: number;
  /** How often a sample is one of these, beside the weights of the other parts; by its records where none has a weight. */
  readonly weight?: number;
  readonly stretches?: Stretches;
}

/** Records that lie side by side: where each stretch begins, and how many records the next one is drawn from. */
export interface Stretches {
  readonly starts: Int32Array;
  readonly buffer: number;
}

/** `2 classes have no image`, with the first few of their names. */
export interface Note {
  readonly says: string;
  readonly count: number;
  readonly names: readonly string[];
}

/**
 * Indices of items among the records that there are, broken ones too. Orders and random choices go by these, so that a
 * record that breaks, or is repaired, changes nothing for the others.
 */
export interface Places {
  readonly of: Int32Array;
  readonly total: number;
}

/** The indices of items among records of which those that are left out are null; undefined where none is. */
export function placesAmong(records: readonly unknown[]): Places | undefined {
  const places = [...records.keys()].filter((place) => records[place] !== null);
  return places.length === records.length ? undefined : { of: Int32Array.from(places), total: records.length };
}

/** How many records a data set has, with those that are left out. */
export function recordsOf({ places, length }: DataSet): number {
  return places?.total ?? length;
}

/** What each kind supplies, `images` being 1 or 2 for statements. */
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

/** Items of a data set by their indices. */
export function someOf(dataSet: DataSet, indices: readonly number[]): DataSet {
  const { name, kind, supplies, digests, classes, answers } = dataSet;
  const item = (index: number): Item => dataSet.item(indices[index] ?? 0);
  const lists = { ...(classes && { classes }), ...(answers && { answers }) };
  return { name, kind, supplies, digests, ...lists, length: indices.length, item };
}

/**
 * Several data sets of one kind as one, in their order (`data: [coco, visual_genome]`); with weights one for each, by which
 * samples are drawn (`data: mix(coco: 3, visual_genome: 1)`).
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

/** The indices of data sets, concatenated. */
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

/** The groups of data sets, concatenated; an item of a data set without groups is its own. */
function groupsOf(parts: readonly DataSet[]): Int32Array | undefined {
  if (parts.every(({ groups }) => groups === undefined)) return undefined;
  const all: number[] = [];
  for (const { length, groups } of parts) {
    const start = all.length;
    for (let i = 0; i < length; i++) all.push(start + (groups?.[i] ?? i));
  }
  return Int32Array.from(all);
}
