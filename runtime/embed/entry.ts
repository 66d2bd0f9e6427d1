// The subject of a vector: an image, a text, or a pair of both; and what identifies its contents.
import { statSync } from "node:fs";
import type { View } from "../../compiler/index.js";
import type { Question } from "../predict/answer.js";

/** The image, the text or both that a vector is computed from. */
export interface Entry {
  readonly name: string;
  readonly image?: Picture;
  readonly text?: string;
}

/** An image file with its size and time when last examined. */
export interface Picture {
  readonly path: string;
  readonly bytes: number;
  /** Its modification time, in milliseconds since 1970. */
  readonly modified: number;
}

/** The entry of a question about one image, one text, or both. */
export function entryOf({ name, images: [image], text }: Question): Entry {
  return {
    name,
    // A file deleted meanwhile is reported when it is read.
    ...(image !== undefined && { image: pictureAt(image.path) ?? { path: image.path, bytes: 0, modified: 0 } }),
    ...(text !== undefined && { text }),
  };
}

/** A file as it is now; null where there is none. */
export function pictureAt(path: string): Picture | null {
  try {
    const found = statSync(path, { throwIfNoEntry: false });
    return found === undefined ? null : { path, bytes: found.size, modified: found.mtimeMs };
  } catch {
    return null;
  }
}

/** The question of an entry. */
export function questionOf({ name, image, text }: Entry): Question {
  const place = image && { file: image.path };
  return {
    name,
    images: image === undefined ? [] : [{ kind: "file", key: image.path, path: image.path, place: place ?? {} }],
    ...(text !== undefined && { text }),
  };
}

/** The view of the model for it. */
export function viewOf({ image, text }: Entry): View {
  if (image === undefined) return "text";
  return text === undefined ? "image" : "pair";
}

/** The key of an entry: entries with the same key have the same vector. */
export function keyOf({ image, text }: Entry): string {
  return JSON.stringify([image?.path, image?.bytes, image?.modified, text]);
}

/** The first of all entries that share a vector. */
export function firstOfEach<T>(all: readonly T[], entryIn: (each: T) => Entry): T[] {
  const first = new Map<string, T>();
  for (const each of all) {
    const key = keyOf(entryIn(each));
    if (!first.has(key)) first.set(key, each);
  }
  return [...first.values()];
}
