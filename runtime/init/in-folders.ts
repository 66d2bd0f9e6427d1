// Data sets that consist of files in folders: images with masks, images by class, texts, images.
import { folderOf, type Listing } from "./listing.js";
import { partNamed } from "./parts.js";
import type { Source } from "./source.js";

/** Names of mask folders. */
const maskWords = /(?<![a-z])(?:masks?|seg\w*|labels?|annotations?|gt)(?![a-z])/i;

/** Names of image folders with masks in another folder. */
const imageWords = /(?<![a-z])(?:images?|imgs?|photos?|pictures?)(?![a-z])/i;

/** Share of the images of a folder that must have a mask. */
const MOST = 0.9;

/** Images with masks of the same names in another folder. */
export function masksIn({ images }: Listing): Source[] {
  const [masks, others] = parted([...images.keys()], isOfMasks([...images.keys()]));
  return masks.flatMap((folder): Source[] => {
    const stems = new Set(stemsOf(images.get(folder)));
    const isMasked = (other: string): boolean => {
      const own = stemsOf(images.get(other));
      return own.filter((stem) => stems.has(stem)).length >= MOST * own.length;
    };
    const of = others.find((other) => partNamed(other) === partNamed(folder) && isMasked(other));
    if (of === undefined) return [];
    return [{ kind: "masks", format: "folder", at: of, paths: { images: of, masks: folder }, settings: {}, images: 1 }];
  });
}

/** Recognised by its name, or as the only folder beside an image folder; `masksIn` then compares file names. */
function isOfMasks(folders: readonly string[]): (folder: string) => boolean {
  const beside = (folder: string): string[] =>
    folders.filter((other) => other !== folder && folderOf(other) === folderOf(folder));
  return (folder) => {
    const [other, ...more] = beside(folder);
    const isAlone = other !== undefined && more.length === 0 && folder !== "";
    return maskWords.test(folder) || (isAlone && !imageWords.test(nameOf(folder)) && imageWords.test(nameOf(other)));
  };
}

function nameOf(folder: string): string {
  return folder.split("/").at(-1) ?? "";
}

/** Folders that hold a folder for each class. */
export function classesIn({ images }: Listing): Source[] {
  const folders = [...images.keys()].filter((folder) => !maskWords.test(folder));
  const below = (folder: string): Source[] => {
    const inside = folder === "" ? "" : `${folder}/`;
    if (images.has(folder)) return [];
    const children = distinct(
      folders.filter((each) => each.startsWith(inside)).map((each) => each.slice(inside.length).split("/")[0] ?? ""),
    );
    const areParts = children.every((child) => partNamed(child) !== null);
    if (areParts || children.length < 2) return children.flatMap((child) => below(`${inside}${child}`));
    return [
      { kind: "labelled_images", format: "folder", at: folder, paths: { images: folder }, settings: {}, images: 1 },
    ];
  };
  return below("");
}

/** Text files that are not about images. */
export function textsIn({ files }: Listing): Source[] {
  const texts = files.filter(
    (file) => file.endsWith(".txt") && !/(?:readme|licen[cs]e|class|vocab|source)/i.test(file),
  );
  const patterns = texts.map((file) => (partNamed(file) === null ? `${inFolder(folderOf(file))}*.txt` : file));
  return distinct(patterns).map((at) => ({
    kind: "texts",
    format: "lines",
    at,
    paths: { files: at },
    settings: {},
    images: 0,
  }));
}

/** All images, or those of each part. */
export function imagesIn({ images }: Listing): Source[] {
  const folders = [...images.keys()].filter((folder) => !maskWords.test(folder));
  if (folders.length === 0) return [];
  const outermost = distinct(folders.map((folder) => folder.split("/")[0] ?? ""));
  const areParts = outermost.every((folder) => partNamed(folder) !== null);
  // Masks beside them are not training images.
  const [only = ""] = outermost.length === 1 && folders.length < images.size ? outermost : [];
  return (areParts ? outermost : [only]).map((at) => ({
    kind: "images",
    format: "folder",
    at,
    paths: { images: at },
    settings: {},
    images: 1,
  }));
}

function inFolder(folder: string): string {
  return folder === "" ? "" : `${folder}/`;
}

function stemsOf(names: readonly string[] = []): string[] {
  return names.map((name) => name.replace(/\.[^.]*$/, ""));
}

function distinct(names: readonly string[]): string[] {
  return [...new Set(names)];
}

function parted<T>(all: readonly T[], isFirst: (each: T) => boolean): [T[], T[]] {
  return [all.filter(isFirst), all.filter((each) => !isFirst(each))];
}
