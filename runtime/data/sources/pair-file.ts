// Pairs from one JSON file of annotations beside a folder of images: what all such formats do with the file. Which pairs
// it holds, each format says itself.
import type { Hash } from "node:crypto";
import type { VlmoError } from "../../errors/vlmo-error.js";
import { placesAmong, type DataSet, type Item, type Note } from "./data-set.js";
import { ImageFolder } from "../images/image-files.js";
import { readJsonFile, type Form, type JsonFile } from "./json-file.js";
import { otherFormat } from "./recognise.js";
import { digestOf, recordSet } from "./record-set.js";
import type { LocatedSettings } from "./settings.js";

/** Settings that all such formats have. */
export type PairFileOptions = LocatedSettings<"coco" | "karpathy">;

/** Where images are looked for, and where mistakes go. */
export interface PairReader {
  readonly images: ImageFolder;
  readonly problems: VlmoError[];
}

/** What a file holds. */
export interface PairsRead {
  /** Null for each that is left out. */
  readonly items: readonly (Item | null)[];
  /** Why there may be none. */
  readonly empty: string;
  readonly notes?: readonly Note[];
}

type PairsIn = (file: JsonFile, reader: PairReader) => Promise<PairsRead>;

/** Opens the pairs of a file. Throws `VlmoError` with all mistakes found, unless they are skipped. */
export async function openPairs(options: PairFileOptions, form: Form, pairsIn: PairsIn): Promise<DataSet> {
  const { annotations: file, on_error: onError } = options;
  const problems: VlmoError[] = [];
  const { hash, folder, items: read, empty, notes = [] } = await readPairs(options, { form, pairsIn, problems });
  const items = read.filter((item) => item !== null);
  const other = items.length === 0 && problems.length > 0 ? otherFormat(file, form) : undefined;
  if (other !== undefined) throw other;
  return recordSet({
    kind: "pairs",
    file,
    length: items.length,
    item: (index) => items[index],
    problems,
    onError,
    digest: () => digestOf(hash, items, folder),
    places: placesAmong(read),
    empty,
    notes,
  });
}

interface Reading {
  readonly form: Form;
  readonly pairsIn: PairsIn;
  readonly problems: VlmoError[];
}

/** Apart, so that the document and what was looked up are freed when the pairs are read. */
async function readPairs(
  options: PairFileOptions,
  { form, pairsIn, problems }: Reading,
): Promise<PairsRead & { readonly hash: Hash; readonly folder: string }> {
  const file = await readJsonFile(options.annotations, form);
  const images = new ImageFolder(options.images, options);
  return { ...(await pairsIn(file, { images, problems })), hash: file.hash, folder: images.path };
}
