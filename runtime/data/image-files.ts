// Image files that records name: inside their folder, links followed, and there. Records may come from anyone.
import { realpathSync } from "node:fs";
import path from "node:path";
import { vlmoError, type Place } from "../vlmo-error.js";
import type { ImageFile, Tiles } from "./data-set.js";

/** A folder's own path, links followed. Throws V910. */
export function realFolder(folder: string): string {
  try {
    return realpathSync.native(folder);
  } catch (error) {
    throw vlmoError("V910", { file: folder, reason: error instanceof Error ? error.message : String(error) });
  }
}

/** Where an image is named, and what may be in that place. */
export interface Naming {
  /** A real folder, which the image must be in. */
  readonly folder: string;
  /** What the path is called in messages. */
  readonly field: string;
  readonly place: Place;
  readonly tiles?: Tiles | undefined;
}

/** The file that a value names. Throws V913, V915, V916. */
export function imageFile(value: unknown, { folder, field, place, tiles }: Naming): ImageFile {
  if (typeof value !== "string" || value.trim() === "") {
    throw vlmoError("V913", { field, wanted: "a path", got: JSON.stringify(value) ?? "nothing" }, place);
  }
  const named = path.resolve(folder, value);
  if (!isInside(folder, named)) throw vlmoError("V915", { path: value, folder }, place);
  let real: string;
  try {
    real = realpathSync.native(named);
  } catch {
    throw vlmoError("V916", { path: named }, place);
  }
  if (!isInside(folder, real)) throw vlmoError("V915", { path: value, folder }, place);
  const key = `${real}${tiles ? JSON.stringify(tiles) : ""}`;
  return { kind: "file", key, path: real, place, ...(tiles && { tiles }) };
}

function isInside(folder: string, file: string): boolean {
  const relative = path.relative(folder, file);
  return relative !== "" && relative.split(path.sep)[0] !== ".." && !path.isAbsolute(relative);
}
