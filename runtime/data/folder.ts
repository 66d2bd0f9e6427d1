// A folder of images, in it and below: alone, with one folder a class, or with masks of the same names in another folder.
import { createHash } from "node:crypto";
import { readdirSync, statSync } from "node:fs";
import path from "node:path";
import { vlmoError, type VlmoError } from "../vlmo-error.js";
import type { DataKind, DataSet, ImageFile, Item } from "./data-set.js";
import { imageFile, realFolder } from "./image-files.js";
import { ENDINGS } from "./image-formats.js";
import { expectReadable } from "./open-image.js";
import { attempted, digestOf, recordSet } from "./record-set.js";

export interface FolderOptions {
  readonly images: string;
  readonly masks?: string | undefined;
  readonly on_error: "stop" | "skip";
}

/** Opens a folder as items of one kind, in the order of their paths. Throws all mistakes at once, unless they are skipped. */
export async function openFolder(kind: DataKind, options: FolderOptions): Promise<DataSet> {
  const problems: VlmoError[] = [];
  const folder = realFolder(options.images);
  const found = walk(folder, "", problems);
  const classes = kind === "labelled_images" ? foldersIn(folder) : undefined;
  const masks = kind === "masks" ? masksIn(options, problems) : undefined;
  const items = found.flatMap((file) => {
    const item = attempted(problems, () => itemOf(file, { folder, classes, masks }));
    return item ?? [];
  });
  return recordSet({
    kind,
    file: options.images,
    length: items.length,
    item: (index) => items[index],
    problems,
    onError: options.on_error,
    digest: () => digestOf(createHash("sha256").update(found.map(({ name }) => name).join("\0")), items, folder),
    classes,
    empty: "there is no image in the folder",
  });
}

/** An image file by its path from the folder, with slashes. */
interface Found {
  readonly name: string;
  readonly source: ImageFile;
}

/** All image files below, hidden ones left out; a link may name a file of the same folder, and none outside. */
function walk(folder: string, inside: string, problems: VlmoError[]): Found[] {
  const entries = readdirSync(path.join(folder, inside), { withFileTypes: true });
  return entries.sort(byName).flatMap((entry) => {
    const name = inside === "" ? entry.name : `${inside}/${entry.name}`;
    if (entry.name.startsWith(".")) return [];
    if (entry.isDirectory()) return walk(folder, name, problems);
    if (!ENDINGS.test(entry.name)) return [];
    if (entry.isFile()) {
      const file = path.join(folder, name);
      return [{ name, source: { kind: "file", key: file, path: file, place: { file } } }];
    }
    const source = attempted(problems, () => imageFile(name, { folder, field: name, place: { file: folder } }));
    return source === undefined || !statSync(source.path).isFile() ? [] : [{ name, source }];
  });
}

function foldersIn(folder: string): string[] {
  const entries = readdirSync(folder, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith("."))
    .sort(byName)
    .map(({ name }) => name);
}

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : 1;
}

interface Masks {
  readonly folder: string;
  /** By path without ending. */
  readonly sources: ReadonlyMap<string, ImageFile>;
}

function masksIn({ images, masks }: FolderOptions, problems: VlmoError[]): Masks {
  if (masks === undefined) throw vlmoError("V959", { file: images, reason: "the block names no `masks` folder" });
  const folder = realFolder(masks);
  const sources = walk(folder, "", problems).map(({ name, source }) => [stem(name), source] as const);
  return { folder, sources: new Map(sources) };
}

function stem(name: string): string {
  return name.replace(ENDINGS, "");
}

interface Reader {
  readonly folder: string;
  readonly classes: readonly string[] | undefined;
  readonly masks: Masks | undefined;
}

function itemOf({ name, source }: Found, { classes, masks }: Reader): Item {
  expectReadable(source);
  const item = { name, images: [source] };
  if (classes !== undefined) {
    const [first = "", ...rest] = name.split("/");
    if (rest.length > 0) return { ...item, label: classes.indexOf(first) };
    throw vlmoError("V959", { file: source.path, reason: "it lies beside the folders of the classes, not in one" });
  }
  if (masks === undefined) return item;
  const mask = masks.sources.get(stem(name));
  if (mask !== undefined) {
    expectReadable(mask);
    return { ...item, mask };
  }
  throw vlmoError("V959", { file: source.path, reason: `\`${masks.folder}\` holds no mask of its name` });
}
