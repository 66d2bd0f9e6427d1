// Items from one JSON file of annotations beside a folder of images: what all such formats do with the file. Which items
// it holds, each format says itself.
import type { Hash } from "node:crypto";
import type { VlmoError } from "../../errors/vlmo-error.js";
import { placesAmong, type DataKind, type DataSet, type Item, type Note } from "./data-set.js";
import { ImageFolder } from "../images/image-files.js";
import { readJsonFile, type Form, type JsonFile } from "./json-file.js";
import { itemsIn, type Part } from "./hold-out.js";
import { otherFormat } from "./recognise.js";
import { digestOf, recordSet } from "./record-set.js";
import type { LocatedSettings } from "./settings.js";

/** Settings that all such formats have. */
export type AnnotationOptions = LocatedSettings<"coco" | "karpathy">;

/** Where images are looked for, and where mistakes go. */
export interface AnnotationReader {
  readonly images: ImageFolder;
  readonly problems: VlmoError[];
}

/** What a file holds. */
export interface AnnotationsRead {
  /** Null for each that is left out. */
  readonly items: readonly (Item | null)[];
  /** Why there may be none. */
  readonly empty: string;
  readonly notes?: readonly Note[];
  readonly classes?: readonly string[];
}

/** What a file is read as. */
export interface AnnotationForm {
  readonly kind: DataKind;
  readonly form: Form;
  /** Where the format itself has no parts. */
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
  const other = items.length === 0 && problems.length > 0 ? otherFormat(file, form) : undefined;
  if (other !== undefined) throw other;
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

/** Apart, so that the document and what was looked up are freed when the items are read. */
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
