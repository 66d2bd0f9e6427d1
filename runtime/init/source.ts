// A data set that was found in a folder: what a data block says of it.
import path from "node:path";
import type { DataFormat, DataKind } from "../../compiler/index.js";
import type { KnownForm } from "../data/sources/file-kinds.js";
import { NearNames } from "../data/sources/near-names.js";
import { folderOf, type Finder, type Listing } from "./listing.js";

/** A data set that was found. */
export interface Source {
  readonly kind: DataKind;
  readonly format: DataFormat;
  /** The file or folder that it is known by; its name tells the part. */
  readonly at: string;
  /** Settings that are paths from the folder, by key. */
  readonly paths: Readonly<Record<string, string | readonly string[]>>;
  /** Other settings, as a specification has them. */
  readonly settings: Readonly<Record<string, string>>;
  /** The field of labels, of records that have any. */
  readonly label?: string;
  /** Its images lie in its own files. */
  readonly holdsImages?: true;
  /** Images of a sample. */
  readonly images: 0 | 1 | 2;
}

/** A file that might have been one, and why it is none: reads on after its name. */
export interface Lost {
  readonly file: string;
  readonly reason: string;
}

/** Why annotations are of no use by themselves. */
export const NO_IMAGES = "its images are not in the folder";

/** The same with one of the images that are not there and what may be meant by it. */
export function noImages(name: string, folder: string): string {
  const hint = new NearNames(folder).hint(name);
  return `${NO_IMAGES}, such as \`${name}\`${hint === undefined ? "" : `: ${hint}`}`;
}

/**
 * What a block says of where the `paths` of a file's images start from, by the first that is there: some may be missing, which reading them
 * all reports. Nothing where that is the file's own folder; why, where none is there: images that are elsewhere, or that are addresses in
 * the web, cannot be learnt from.
 */
export function folderOfImages(
  paths: readonly string[],
  { file, find, listing }: Pick<Look, "file" | "find" | "listing">,
): { readonly images?: string } | string {
  const own = folderOf(file);
  for (const each of paths) {
    const folder = find(each, own);
    if (folder !== null) return folder === own ? {} : { images: folder };
  }
  const [first] = paths;
  return first === undefined ? {} : noImages(first, path.join(listing.folder, own));
}

/** A file of annotations, and where its images may be. */
export interface Look {
  /** Its path in the folder. */
  readonly file: string;
  readonly form: KnownForm;
  /** How it begins; the last line may be cut off. */
  readonly text: string;
  /** The text is all of it. */
  readonly isWhole: boolean;
  readonly find: Finder;
  readonly listing: Listing;
  /** All files of annotations. */
  readonly all: readonly Pick<Look, "file" | "form">[];
}
