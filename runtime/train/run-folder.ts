// The folder of a run: what was asked (`run.json`), what happened (`metrics.jsonl`), the checkpoints.
import { createHash } from "node:crypto";
import { appendFileSync } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { StageSpec } from "../../compiler/index.js";
import { cleanLeftovers, damagedCheckpoints, latestCheckpoint, type Saved } from "../checkpoint/index.js";
import { writeTextAtomically } from "../formats/atomic.js";
import { systemError } from "../formats/system-error.js";
import { VlmoError, vlmoError } from "../vlmo-error.js";

export interface RunFolder {
  readonly path: string;
  /** Where checkpoints are kept. */
  readonly checkpoints: string;
  /** Adds a line to `metrics.jsonl`. Throws V923. */
  log(line: Readonly<Record<string, unknown>>): void;
}

/**
 * Opens or makes a run's folder, and removes what killed writes have left in it. Throws V932 where it holds a run and
 * `resume` was not asked for, V928, V929 where all of its checkpoints are damaged, V923.
 */
export async function openRunFolder(path: string, resume: boolean): Promise<RunFolder> {
  const checkpoints = join(path, "checkpoints");
  await mkdir(checkpoints, { recursive: true }).catch((error: unknown) => {
    throw systemError("V923", checkpoints, error);
  });
  for (const place of [path, checkpoints]) await cleanLeftovers(place);
  const before = await latestCheckpoint(checkpoints);
  if (before !== undefined && !resume) {
    const { stage, step } = before.manifest;
    throw vlmoError("V932", { folder: path, stage, step });
  }
  if (before === undefined) await refuseDamaged(path, checkpoints);
  const metrics = join(path, "metrics.jsonl");
  if (before === undefined) await writeTextAtomically(metrics, "");
  return { path, checkpoints, log: (line) => append(metrics, line) };
}

/** A run whose checkpoints are all damaged is a run all the same: it is not begun anew over them. Throws V929. */
async function refuseDamaged(path: string, checkpoints: string): Promise<void> {
  const [first] = await damagedCheckpoints(checkpoints);
  if (first === undefined) return;
  const help = `give another --out, or move \`${path}\` away; none of its checkpoints can be used`;
  throw new VlmoError(first.reason.code, first.reason.message, { file: first.folder, help });
}

/** At once, so that lines keep their order and a full disk stops the run where it happens. */
function append(file: string, line: object): void {
  try {
    appendFileSync(file, `${JSON.stringify(line)}\n`);
  } catch (error) {
    throw systemError("V923", file, error);
  }
}

/** Drops what a killed run logged of `stage` after `step` (all of it where it saved nothing): it is done again. */
export async function rewindLog({ path }: RunFolder, stage: string, step: number | null): Promise<void> {
  const file = join(path, "metrics.jsonl");
  const text = await readFile(file, "utf8").catch(() => "");
  const lines = text.split("\n").filter((line) => line !== "");
  const kept = lines.filter((line) => {
    const entry = parsed(line);
    if (entry === null) return false;
    return entry["stage"] !== stage || (step !== null && typeof entry["step"] === "number" && entry["step"] <= step);
  });
  await writeTextAtomically(file, kept.map((line) => `${line}\n`).join(""));
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
