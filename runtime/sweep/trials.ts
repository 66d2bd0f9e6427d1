// The trainings of a sweep: each with settings of its own, a seed, and a run folder named after both.
import path from "node:path";
import { createHash } from "node:crypto";
import type { Spec, StageSpec } from "../../compiler/index.js";
import type { Setting } from "./space.js";

/** One training. */
export interface Trial {
  /** The settings under test; equal for trials that differ only in their seed. */
  readonly settings: readonly Setting[];
  /** Null where the seed is not changed. */
  readonly seed: number | null;
  /** Its run folder. */
  readonly folder: string;
  /** The texts of all `--set` options. */
  readonly set: readonly string[];
}

/** Options common to all trials. */
export interface TrialOptions {
  readonly out: string;
  /** `--set` options with one value. */
  readonly fixed: readonly string[];
  /** The number of seeds per setting; null leaves the seed unchanged. */
  readonly seeds: number | null;
  /** How a seed is set. */
  readonly seeding: (seed: number) => readonly string[];
}

/** The trials, grouped by seed, so that an interrupted sweep has compared as many settings as possible. */
export function trialsOf(rows: readonly (readonly Setting[])[], { out, fixed, seeds, seeding }: TrialOptions): Trial[] {
  const all = seeds === null ? [null] : Array.from({ length: seeds }, (_, seed) => seed);
  return all.flatMap((seed) =>
    rows.map((settings) => ({
      settings,
      seed,
      folder: path.join(out, nameOf(settings, seed)),
      set: [
        ...fixed,
        ...settings.map(({ name, value }) => `${name}=${value}`),
        ...(seed === null ? [] : seeding(seed)),
      ],
    })),
  );
}

/** File systems limit the length of names. */
const LONGEST = 100;

/** `lr=1e-4 seed=0`: a readable folder name. */
function nameOf(settings: readonly Setting[], seed: number | null): string {
  const text = settingsText([...settings, ...(seed === null ? [] : [{ name: "seed", value: String(seed) }])]);
  const plain = text.replace(/[^\w.=+ -]+/g, "_").replaceAll(" ", ",");
  const isWhole = plain.replaceAll(",", " ") === text && plain.length <= LONGEST;
  return isWhole ? plain : `${plain.slice(0, LONGEST)}~${createHash("sha256").update(text).digest("hex").slice(0, 8)}`;
}

/** `lr=1e-4 width=64`; `as it is` for no settings. */
export function settingsText(settings: readonly Setting[]): string {
  return settings.length === 0 ? "as it is" : settings.map(({ name, value }) => `${name}=${value}`).join(" ");
}

/** How the seed is set: the param `seed` where the file has one, else the key of each stage. */
export function seedingOf({ params }: Spec, stages: readonly StageSpec[]): TrialOptions["seeding"] {
  if (params.has("seed")) return (seed) => [`seed=${seed}`];
  return (seed) => stages.map(({ name }) => `${name}.seed=${seed}`);
}
