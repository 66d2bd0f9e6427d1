// A folder of images and its subfolders: images alone, one subfolder per class, or masks with the same names in another folder.
import { counted } from "../../../grammar/index.js";
import { createHash } from "node:crypto";
import { vlmoError, type VlmoError } from "../../errors/vlmo-error.js";
import { placesAmong, type DataKind, type DataSet, type ImageFile, type Item, type Note } from "./data-set.js";
import { ImageFolder } from "../images/image-files.js";
import { ENDINGS } from "../images/image-formats.js";
import { maskFile } from "../images/mask.js";
import { noted } from "../notes.js";
import { expectReadable } from "../images/open-image.js";
import { itemsIn } from "./hold-out.js";
import { listed } from "./record-fields.js";
import { attempted, digestOf, recordSet } from "./record-set.js";
import type { LocatedSettings } from "./settings.js";
import { walk, type Found, type Walked } from "./walk.js";

/** The settings of `format: folder`, with resolved paths. */
export type FolderOptions = LocatedSettings<"folder">;

/** Opens a folder as items of one kind, sorted by path. Throws all mistakes at once, unless they are skipped. */
export async function openFolder(kind: DataKind, options: FolderOptions): Promise<DataSet> {
  const problems: VlmoError[] = [];
  const root = new ImageFolder(options.images, options);
  const walked = walk(root, isImage, problems);
  const classes = kind === "labelled_images" ? (options.classes ?? walked.folders) : undefined;
  if (classes !== undefined) expectClasses(walked, options.images);
  const masks = kind === "masks" ? masksIn(options, problems) : undefined;
  const reader = { classes: classes && numbered(classes), masks };
  const all = walked.files.map((file) => attempted(problems, () => itemOf(file, reader)) ?? null);
  const read = itemsIn(options.split, all, root.path, options.images);
  const items = read.filter((item) => item !== null);
  return recordSet({
    kind,
    file: options.images,
    length: items.length,
    item: (index) => items[index],
    problems,
    onError: options.on_error,
    digest: () => digestOf(createHash("sha256").update(namesOf(walked, classes)), items, root.path),
    places: placesAmong(read),
    classes: masks === undefined ? classes : options.classes,
    empty: "there is no image in the folder",
    notes: [...walked.notes, ...notesOf({ items, all }, { classes, masks })],
  });
}

/** Notes on files that no item uses. */
function notesOf(
  { items, all }: { readonly items: readonly Item[]; readonly all: readonly (Item | null)[] },
  { classes = [], masks }: { classes?: readonly string[] | undefined; masks?: Masks | undefined },
): Note[] {
  const labels = new Set(items.map(({ label }) => label));
  const used = new Set(all.map((item) => item?.mask));
  const empty = classes.filter((_, label) => !labels.has(label));
  const unused = [...(masks?.sources.values() ?? [])].filter(({ source }) => !used.has(source));
  return [
    ...(masks?.notes ?? []),
    ...noted(empty, "class has no image", "classes have no image"),
    ...(isPart(classes)
      ? [{ says: "the classes are named like parts of a data set", count: classes.length, names: classes }]
      : []),
    ...noted(
      unused.map(({ name }) => name),
      "mask belongs to no image",
      "masks belong to no image",
    ),
  ];
}

/** Whether the names look like splits: the folder of a whole data set was named instead of that of a split. */
function isPart(classes: readonly string[]): boolean {
  return classes.length > 0 && classes.every((name) => /^(train|val|valid|validation|dev|test)$/i.test(name));
}

function isImage(name: string): boolean {
  return ENDINGS.test(name);
}

/** Input of the digest. Includes the classes, since one without an image shifts the indices of those after it. */
function namesOf({ files }: Walked, classes: readonly string[] = []): string {
  return [...classes, ...files.map(({ name }) => name)].join("\0");
}

/** Throws V959 if all images are beside the subfolders, so that these are not classes. */
function expectClasses({ files }: Walked, folder: string): void {
  if (files.length === 0 || files.some(({ name }) => name.includes("/"))) return;
  const images = counted(files.length, "image lies", "images lie");
  const reason = `${images} in the folder itself and none in a folder of a class, as \`labelled_images\` want`;
  const help = "name the folder that holds the folders of the classes, or use the images as `images`, without classes";
  throw vlmoError("V959", { file: folder, reason }, { help });
}

interface Masks {
  readonly folder: string;
  /** By path without extension. */
  readonly sources: ReadonlyMap<string, Found>;
  readonly notes: readonly Note[];
}

function masksIn(options: FolderOptions, problems: VlmoError[]): Masks {
  const { images, masks } = options;
  if (masks === undefined) throw vlmoError("V959", { file: images, reason: "the block names no `masks` folder" });
  const root = new ImageFolder(masks, options);
  const { files, notes } = walk(root, isImage, problems);
  const sources = new Map<string, Found>();
  for (const found of files) {
    const before = sources.get(stem(found.name));
    if (before === undefined) sources.set(stem(found.name), { ...found, source: maskFile(found.source, options) });
    else problems.push(unusable(found, `\`${before.name}\` is a mask of the same image`));
  }
  return { folder: root.path, sources, notes };
}

function stem(name: string): string {
  return name.replace(ENDINGS, "").normalize();
}

interface Reader {
  /** Class indices by the names of subfolders. */
  readonly classes: ReadonlyMap<string, number> | undefined;
  readonly masks: Masks | undefined;
}

function numbered(classes: readonly string[]): ReadonlyMap<string, number> {
  return new Map(classes.map((name, label) => [name.normalize(), label]));
}

function itemOf(found: Found, { classes, masks }: Reader): Item & { readonly mask?: ImageFile } {
  const { name, source } = found;
  expectReadable(source);
  const item = { name, images: [source] };
  if (classes !== undefined) return { ...item, label: labelOf(found, classes) };
  if (masks === undefined) return item;
  const mask = masks.sources.get(stem(name));
  if (mask === undefined) throw unusable(found, `\`${masks.folder}\` holds no mask of its name`);
  expectReadable(mask.source);
  return { ...item, mask: mask.source };
}

function labelOf(found: Found, classes: ReadonlyMap<string, number>): number {
  const [folder = "", ...rest] = found.name.split("/");
  if (rest.length === 0) throw unusable(found, "it is next to the class folders, not in one");
  const label = classes.get(folder.normalize());
  if (label !== undefined) return label;
  throw unusable(found, `its folder \`${folder}\` is not one of the classes ${listed([...classes.keys()])}`);
}

function unusable({ source }: Found, reason: string): VlmoError {
  return vlmoError("V959", { file: source.path, reason });
}
