// The folder of a run: what was asked for (`run.json`), what happened (`metrics.jsonl`), the checkpoints.
import { createHash } from "node:crypto";
import { appendFileSync, existsSync } from "node:fs";
import { basename, join } from "node:path";
import { z } from "zod";
import {
  bestCheckpoint,
  cleanLeftovers,
  damagedCheckpoints,
  latestCheckpoint,
  listCheckpoints,
  soundCheckpoint,
  stageOfCheckpoint,
  type DamagedCheckpoint,
  type SavedCheckpoint,
} from "../checkpoint/index.js";
import { writeTextAtomically } from "../formats/atomic.js";
import { makeFolder } from "../formats/make-folder.js";
import { readRegular } from "../formats/regular-file.js";
import { systemError } from "../errors/system-error.js";
import { vlmoError } from "../errors/vlmo-error.js";
import { lockRun } from "./lock.js";

const logName = "metrics.jsonl";

/** An open run folder, locked for this process. */
export interface RunFolder {
  readonly path: string;
  /** Where checkpoints are kept. */
  readonly checkpoints: string;
  /** Appends a line to `metrics.jsonl`. Throws V923. */
  log(line: Readonly<Record<string, unknown>>): void;
  /** Releases the lock. */
  close(): void;
}

/**
 * Opens or creates a run folder for this process alone, and removes leftovers of killed writes. Throws V932 if it holds a run
 * and `resume` was not asked for, V985 if another process trains into it, V988 if it holds a run without a usable checkpoint,
 * V923.
 */
export async function openRunFolder(path: string, resume: boolean): Promise<RunFolder> {
  const checkpoints = join(path, "checkpoints");
  await makeFolder(path);
  const lock = await lockRun(path);
  try {
    await makeFolder(checkpoints);
    for (const place of [path, checkpoints]) await cleanLeftovers(place);
    const before = await latestCheckpoint(checkpoints);
    if (before !== undefined && !resume) {
      const { stage, step } = before.manifest;
      throw vlmoError("V932", { folder: path, stage, step });
    }
    if (before === undefined) refuseUnusable(path, await damagedCheckpoints(checkpoints), "train");
    const metrics = join(path, logName);
    if (before === undefined || !existsSync(metrics)) await writeTextAtomically(metrics, "");
    return { path, checkpoints, log: (line) => append(metrics, line), close: lock.release };
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** The folders of a run and of its checkpoints. */
export type Place = Pick<RunFolder, "path" | "checkpoints">;

/** A run folder for a process that only reads it; another process of the training has opened it and writes to it. */
export function joinRunFolder(path: string): RunFolder {
  const nothing = (): void => undefined;
  return { path, checkpoints: join(path, "checkpoints"), log: nothing, close: nothing };
}

/** What is done with a run: only who trains can choose another folder. */
type Use = "train" | "read";

const remedies: Readonly<Record<Use, string>> = {
  train: "bring that checkpoint back from a copy, move it away to train its stage again, or give another --out",
  read: "bring that checkpoint back from a copy, name another checkpoint, or move it away and train its stage again",
};

/** A run is never overwritten, not even a broken one. */
function refuseUnusable(folder: string, unusable: readonly DamagedCheckpoint[], use: Use): void {
  const [first] = unusable;
  if (first === undefined) return;
  const more = unusable.length === 1 ? "" : ` (and ${unusable.length - 1} more)`;
  const cause = first.reason;
  const holes = { folder, checkpoint: first.folder, reason: `${cause.message}${more}` };
  throw vlmoError("V988", holes, { cause, help: remedies[use] });
}

/** Synchronous, so that lines keep their order and a full disk stops the run where it happens. */
function append(file: string, line: object): void {
  try {
    appendFileSync(file, `${JSON.stringify(line)}\n`);
  } catch (error) {
    throw systemError("V923", file, error);
  }
}

/** Drops what a killed run logged of `stage` after `step` (null: all of it), since those steps are run again. */
export async function rewindLog({ path }: RunFolder, stage: string, step: number | null): Promise<void> {
  const kept = (await logged(path)).filter(
    ({ entry }) =>
      entry["stage"] !== stage || (step !== null && typeof entry["step"] === "number" && entry["step"] <= step),
  );
  await writeTextAtomically(join(path, logName), kept.map(({ line }) => `${line}\n`).join(""));
}

/** The logged evaluations of `stage` at `step`. */
export async function evaluatedAt({ path }: RunFolder, stage: string, step: number): Promise<LoggedEvaluation[]> {
  const made = (await logged(path)).filter(({ entry }) => entry["stage"] === stage && entry["step"] === step);
  return made.flatMap(({ entry }) => evaluationSchema.safeParse(entry).data ?? []);
}

/** The fields of a logged evaluation that are read back. */
const evaluationSchema = z.object({
  kind: z.literal("evaluation"),
  name: z.string(),
  /** Values that are not finite are logged as null. */
  metrics: z.array(z.object({ name: z.string(), value: z.number().nullable() })),
});

type LoggedEvaluation = Readonly<z.infer<typeof evaluationSchema>>;

interface Logged {
  readonly line: string;
  readonly entry: Readonly<Record<string, unknown>>;
}

/** The complete lines of a run's log. */
async function logged(path: string): Promise<Logged[]> {
  const text = (await readRegular(join(path, logName), "V920")).toString("utf8");
  return text.split("\n").flatMap((line) => {
    const entry = line === "" ? null : parsed(line);
    return entry === null ? [] : [{ line, entry }];
  });
}

/** Null for a line cut off when the run was killed. */
function parsed(line: string): Record<string, unknown> | null {
  try {
    return JSON.parse(line) as Record<string, unknown>; // written by `log` alone: one object a line
  } catch {
    return null;
  }
}

/** The latest checkpoint in a run, of a stage or of any. Throws V988 if there are some and none is usable. */
export async function latestOf(
  { path, checkpoints }: Place,
  stage?: string,
  use: Use = "train",
): Promise<SavedCheckpoint | undefined> {
  const latest = await latestCheckpoint(checkpoints, stage);
  if (latest === undefined) refuseUnusable(path, await damagedOf(checkpoints, stage), use);
  return latest;
}

/** A stage's best checkpoint in a run, by the metric of its `best`. Throws V970 if none has been measured. */
export async function bestOf({ path, checkpoints }: Place, stage: string): Promise<SavedCheckpoint> {
  const best = await bestCheckpoint(checkpoints, stage);
  if (best === undefined)
    throw vlmoError("V970", { stage, folder: path }, { help: await withoutBest(checkpoints, stage) });
  return best;
}

/** What to do about a stage without a best checkpoint; undefined if it names no `best`, and no other stage has one either. */
async function withoutBest(checkpoints: string, stage: string): Promise<string | undefined> {
  const saved = await listCheckpoints(checkpoints);
  const latest = saved.findLast(({ manifest }) => manifest.stage === stage);
  if ((latest?.manifest.spec.meaning["best"] ?? "none") !== "none")
    return "its `best` has no value yet: train until a validation measures it, or take its latest checkpoint, without `best`";
  const others = new Set(saved.flatMap(({ manifest }) => (manifest.score === null ? [] : manifest.stage)));
  if (others.size === 0) return undefined;
  return `choose a stage that has one (${[...others].join(", ")}), or take its latest checkpoint, without \`best\``;
}

/**
 * As `latestOf`, verifying every byte; checkpoints passed over go to `reportDamaged`. Damage that manifests and sizes already
 * show is reported when a run starts.
 */
export async function soundOf(
  { path, checkpoints }: Place,
  { stage, use }: { readonly stage: string; readonly use: Use },
  reportDamaged: (damaged: DamagedCheckpoint) => void,
): Promise<SavedCheckpoint | undefined> {
  const { sound, damaged } = await soundCheckpoint(checkpoints, stage);
  if (sound === undefined)
    refuseUnusable(path, damaged.length > 0 ? damaged : await damagedOf(checkpoints, stage), use);
  damaged.forEach(reportDamaged);
  return sound;
}

async function damagedOf(checkpoints: string, stage?: string): Promise<DamagedCheckpoint[]> {
  const damaged = await damagedCheckpoints(checkpoints);
  return damaged.filter(({ folder }) => stage === undefined || stageOfCheckpoint(basename(folder)) === stage);
}

/**
 * SHA-256 of the meaning of a stage, independent of how it is spelled. `duration` and `on_error` are not hashed: a run can be
 * resumed with another length, or with `on_error: skip`.
 */
export function hashOf(meant: object): string {
  return createHash("sha256").update(JSON.stringify(meant, withoutPlaces)).digest("hex");
}

const notMeant: ReadonlySet<string> = new Set(["duration", "onError", "on_error"]);

/** `span` as an object is a place in the file; as a number it is a setting of relative positions. */
function isPlace(key: string, value: unknown): boolean {
  return key === "span" && typeof value === "object";
}

function withoutPlaces(key: string, value: unknown): unknown {
  if (notMeant.has(key) || isPlace(key, value)) return undefined;
  if (value instanceof Map) return [...(value as Map<unknown, unknown>)];
  return value instanceof Set ? [...(value as Set<unknown>)] : value;
}
