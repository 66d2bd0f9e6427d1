// Data blocks that are one side of a train/validation split.
import type { DataSpec } from "./spec.js";

/** How data are split, and on which side a block is. */
export interface PartOf {
  readonly part: "train" | "validation";
  /** Equal for all blocks of the same records. */
  readonly of: string;
  readonly holdOut: number;
  readonly seed: number;
  /** The field by which records stay together; null if the format itself keeps related records together. */
  readonly by: string | null;
}

/** Settings that determine which records there are, in any format that can be split. */
const sources = ["records", "annotations", "questions", "images", "masks", "shards", "files", "where"] as const;

/** Null if the block is not part of a split. */
export function splitOf({ kind, format, settings, span }: DataSpec): PartOf | null {
  if (!("split" in settings) || typeof settings.split !== "object" || !("part" in settings.split)) return null;
  const { part, hold_out: holdOut, seed, ...more } = settings.split;
  const given = new Map<string, unknown>(Object.entries(settings));
  const of = JSON.stringify([span.file.path, kind, format, sources.map((key) => given.get(key))]);
  return { part, of, holdOut, seed, by: "by" in more && more.by !== undefined ? more.by : null };
}
