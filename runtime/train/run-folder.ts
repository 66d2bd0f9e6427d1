// The folder of a run: what was asked (`run.json`), what happened (`metrics.jsonl`), the checkpoints, the vocabulary.
import { createHash } from "node:crypto";
import { appendFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { StageSpec } from "../../compiler/index.js";
import { latestCheckpoint, type Saved } from "../checkpoint/index.js";
import { vlmoError } from "../vlmo-error.js";

export interface RunFolder {
  readonly path: string;
  /** Where checkpoints are kept. */
  readonly checkpoints: string;
  /** Adds a line to `metrics.jsonl`. */
  log(line: Readonly<Record<string, unknown>>): Promise<void>;
}

/** Opens or makes a run's folder. Throws V932 where it holds a run and `resume` was not asked for. */
export async function openRunFolder(path: string, resume: boolean): Promise<RunFolder> {
  const checkpoints = join(path, "checkpoints");
  await mkdir(checkpoints, { recursive: true });
  const before = await latestCheckpoint(checkpoints);
  if (before !== undefined && !resume) {
    const { stage, step } = before.manifest;
    throw vlmoError("V932", { folder: path, stage, step });
  }
  const metrics = join(path, "metrics.jsonl");
  if (before === undefined) await writeFile(metrics, "");
  return { path, checkpoints, log: (line) => appendFile(metrics, `${JSON.stringify(line)}\n`) };
}

/** Drops what a killed run logged of `stage` after `step`: those steps are run again. */
export async function rewindLog({ path }: RunFolder, stage: string, step: number): Promise<void> {
  const file = join(path, "metrics.jsonl");
  const lines = (await readFile(file, "utf8")).split("\n").filter((line) => line !== "");
  const kept = lines.filter((line) => {
    const entry = parsed(line);
    return entry !== null && (entry["stage"] !== stage || (typeof entry["step"] === "number" && entry["step"] <= step));
  });
  await writeFile(file, kept.map((line) => `${line}\n`).join(""));
}

/** A line that was cut off when the run was killed is no entry. */
function parsed(line: string): Record<string, unknown> | null {
  try {
    return JSON.parse(line) as Record<string, unknown>; // written by `log` alone: one object a line
  } catch {
    return null;
  }
}

/** A stage's latest checkpoint in a run. */
export async function latestOf({ checkpoints }: RunFolder, stage: string): Promise<Saved | undefined> {
  return latestCheckpoint(checkpoints, stage);
}

/** SHA-256 of what a stage means: everything but places in the text. Two spellings of one stage agree. */
export function hashOf(stage: StageSpec): string {
  return createHash("sha256").update(JSON.stringify(stage, withoutPlaces)).digest("hex");
}

function withoutPlaces(key: string, value: unknown): unknown {
  if (key === "span") return undefined;
  if (value instanceof Map) return [...(value as Map<unknown, unknown>)];
  return value instanceof Set ? [...(value as Set<unknown>)] : value;
}
