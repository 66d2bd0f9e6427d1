// Items from a JSON file of annotations next to a folder of images: what all such formats share. The items are up to each
// format.
import type { Hash } from "node:crypto";
import type { VlmoError } from "../../errors/vlmo-error.js";
import { placesAmong, type DataKind, type DataSet, type Item, type Note } from "./data-set.js";
import { ImageFolder } from "../images/image-files.js";
import { readJsonFile, type Form, type JsonFile } from "./json-file.js";
import { itemsIn, type Part } from "./hold-out.js";
import { expectFormat } from "./recognise.js";
import { digestOf, recordSet } from "./record-set.js";
import type { LocatedSettings } from "./settings.js";

/** The settings of all such formats. */
export type AnnotationOptions = LocatedSettings<"coco" | "karpathy">;

/** Where images are found, and where mistakes go. */
export interface AnnotationReader {
  readonly images: ImageFolder;
  readonly problems: VlmoError[];
}

/** The content of a file. */
export interface AnnotationsRead {
  /** Null for items that are left out. */
  readonly items: readonly (Item | null)[];
  /** Why there may be none. */
  readonly empty: string;
  readonly notes?: readonly Note[];
  readonly classes?: readonly string[];
}

/** The format of a file. */
export interface AnnotationForm {
  readonly kind: DataKind;
  readonly form: Form;
  /** Which part of the items to take, if the format itself has no splits. */
  readonly part?: Part | undefined;
  readonly itemsOf: (file: JsonFile, reader: AnnotationReader) => Promise<AnnotationsRead>;
}

/** Opens the items of a file. Throws `VlmoError` with all mistakes found, unless they are skipped. */
export async function openAnnotations(options: AnnotationOptions, readAs: AnnotationForm): Promise<DataSet> {
  const { annotations: file, on_error: onError } = options;
  const { kind, form } = readAs;
  const problems: VlmoError[] = [];
  const { hash, folder, items: read, ...rest } = await readAnnotations(options, readAs, problems);
  const items = read.filter((item) => item !== null);
  if (items.length === 0 && problems.length > 0) expectFormat(file, form);
  return recordSet({
    ...rest,
    kind,
    file,
    length: items.length,
    item: (index) => items[index],
    problems,
    onError,
    digest: () => digestOf(hash, items, folder),
    places: placesAmong(read),
  });
}

/** A function of its own, so that the document and its look-up tables are freed when it returns. */
async function readAnnotations(
  options: AnnotationOptions,
  { form, part, itemsOf }: AnnotationForm,
  problems: VlmoError[],
): Promise<AnnotationsRead & { readonly hash: Hash; readonly folder: string }> {
  const file = await readJsonFile(options.annotations, form);
  const images = new ImageFolder(options.images, options);
  const { items, ...rest } = await itemsOf(file, { images, problems });
  return {
    ...rest,
    items: itemsIn(part, items, images.path, options.annotations),
    hash: file.hash,
    folder: images.path,
  };
}
