// Durations as text, and in optimizer steps where the number of items is known.
import type { DataSpec, StageSpec } from "./spec.js";
import type { Duration } from "./duration.js";

/** `10000 steps`, `3 epochs`, `10% of the stage`. */
export function durationText({ unit, value }: Duration): string {
  return unit === "stage" ? `${Number((value * 100).toPrecision(12))}% of the stage` : `${value} ${unit}`;
}

/** A duration in steps; null if it counts in stages, or in epochs of an unknown number of items. */
export function inSteps(duration: Duration, { data, batch }: Pick<StageSpec, "data" | "batch">): number | null {
  if (duration.unit === "steps") return duration.value;
  if (duration.unit === "stage") return null;
  const items = itemsOf(data);
  return items === null ? null : Math.floor(items / batch) * duration.value;
}

/** Number of items in all data of a stage, if known; null for no data, which occurs only after an error. */
export function itemsOf(data: readonly DataSpec[]): number | null {
  if (data.length === 0) return null;
  let items = 0;
  for (const each of data) {
    if (each.items === null) return null;
    items += each.items;
  }
  return items;
}
