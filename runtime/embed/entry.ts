// What a vector is of: an image, a text, or a pair of both; and what of it makes the vector another.
import { statSync } from "node:fs";
import type { View } from "../../compiler/index.js";
import type { Question } from "../predict/answer.js";

/** One thing that a vector is made of. */
export interface Entry {
  readonly name: string;
  readonly image?: Picture;
  readonly text?: string;
}

/** An image file as it was when it was last looked at. */
export interface Picture {
  readonly path: string;
  readonly bytes: number;
  /** When it was changed last, in milliseconds since 1970. */
  readonly modified: number;
}

/** The entry of a question about one image, one text, or both. */
export function entryOf({ name, images: [image], text }: Question): Entry {
  return {
    name,
    // One that is gone by now cannot be read either, which is said where it is tried.
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

/** The question that an entry is. */
export function questionOf({ name, image, text }: Entry): Question {
  const place = image && { file: image.path };
  return {
    name,
    images: image === undefined ? [] : [{ kind: "file", key: image.path, path: image.path, place: place ?? {} }],
    ...(text !== undefined && { text }),
  };
}

/** What a model sees of it. */
export function viewOf({ image, text }: Entry): View {
  if (image === undefined) return "text";
  return text === undefined ? "image" : "pair";
}

/** Entries of one key have one vector. */
export function keyOf({ image, text }: Entry): string {
  return JSON.stringify([image?.path, image?.bytes, image?.modified, text]);
}

/** Of several that have one vector the first. */
export function firstOfEach<T>(all: readonly T[], entryIn: (each: T) => Entry): T[] {
  const first = new Map<string, T>();
  for (const each of all) {
    const key = keyOf(entryIn(each));
    if (!first.has(key)) first.set(key, each);
  }
  return [...first.values()];
}
