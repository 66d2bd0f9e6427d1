// The quickstart scaled down for tests, with the same names.
import { readFileSync } from "node:fs";

const changes: readonly (readonly [RegExp, string])[] = [
  [/layers: 4/, "layers: 2"],
  [/width: 96/, "width: 24"],
  [/batch: 64/g, "batch: 8"],
  [/steps: \d+$/gm, "steps: 2"],
  [/warmup: \d+ steps/g, "warmup: 1 steps"],
  [/items: \d+/g, "items: 16"],
  [/seed: 1\b/g, "seed: 1, scenes: 64"],
];

/** The text of the scaled-down quickstart. */
export function smallQuickstart(): string {
  return changes.reduce((text, [from, to]) => text.replace(from, to), readFileSync("specs/quickstart.vlmo", "utf8"));
}
