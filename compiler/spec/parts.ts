// Data that are a part of something: what it is a part of, and how that is divided.
import type { DataSpec } from "./spec.js";

/** How data are divided, and on which side of it a block is. */
export interface PartOf {
  readonly part: "train" | "validation";
  /** The same for all blocks of the same records. */
  readonly of: string;
  readonly holdOut: number;
  readonly seed: number;
  /** The field by which records stay together; null for what belongs together by itself. */
  readonly by: string | null;
}

/** Settings that say which records there are, of every format that can be divided. */
const sources = ["records", "annotations", "questions", "images", "masks", "shards", "files", "where"] as const;

/** Null: they are no such part. */
export function splitOf({ kind, format, settings, span }: DataSpec): PartOf | null {
  if (!("split" in settings) || typeof settings.split !== "object" || !("part" in settings.split)) return null;
  const { part, hold_out: holdOut, seed, ...more } = settings.split;
  const given = new Map<string, unknown>(Object.entries(settings));
  const of = JSON.stringify([span.file.path, kind, format, sources.map((key) => given.get(key))]);
  return { part, of, holdOut, seed, by: "by" in more && more.by !== undefined ? more.by : null };
}
