// A data set found in a folder, with the settings of its data block.
import path from "node:path";
import type { DataFormat, DataKind } from "../../compiler/index.js";
import type { KnownForm } from "../data/sources/file-kinds.js";
import { NearNames } from "../data/sources/near-names.js";
import { folderOf, type Finder, type Listing } from "./listing.js";

/** A data set found in a folder. */
export interface Source {
  readonly kind: DataKind;
  readonly format: DataFormat;
  /** The file or folder that identifies it; its name indicates the split. */
  readonly at: string;
  /** Settings that are paths relative to the folder, by key. */
  readonly paths: Readonly<Record<string, string | readonly string[]>>;
  /** Other settings, as written in a specification. */
  readonly settings: Readonly<Record<string, string>>;
  /** The field of labels, in records that have one. */
  readonly label?: string;
  /** Its images are stored in its own files. */
  readonly holdsImages?: true;
  /** Images per sample. */
  readonly images: 0 | 1 | 2;
}

/** A file that is no data set, and why: a phrase that continues its name. */
export interface Lost {
  readonly file: string;
  readonly reason: string;
}

/** Why annotations alone are not used. */
export const NO_IMAGES = "its images are not in the folder";

/** The same, with one of the missing images and a likely match. */
export function noImages(name: string, folder: string): string {
  const hint = new NearNames(folder).hint(name);
  return `${NO_IMAGES}, such as \`${name}\`${hint === undefined ? "" : `: ${hint}`}`;
}

/**
 * The block's setting for the folder that image `paths` are relative to, found from the first one that exists: some may be
 * missing, which reading them all reports. Empty where it is the file's own folder; a reason where no image exists: images
 * elsewhere or on the web cannot be trained on.
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

/** An annotation file, and where its images may be. */
export interface Look {
  /** Its path in the folder. */
  readonly file: string;
  readonly form: KnownForm;
  /** The start of its text; the last line may be incomplete. */
  readonly text: string;
  /** Whether `text` is the whole file. */
  readonly isWhole: boolean;
  readonly find: Finder;
  readonly listing: Listing;
  /** All annotation files. */
  readonly all: readonly Pick<Look, "file" | "form">[];
}
