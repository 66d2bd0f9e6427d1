// The checkpoints of a run: a folder of checkpoint folders. The latest and the best are found by reading manifests, so that no
// index has to be kept in sync with them.
import { join } from "node:path";
import { VlmoError } from "../errors/vlmo-error.js";
import { checkpointManifest, verifyFiles, writeCheckpoint, type CheckpointContents } from "./folder.js";
import type { Manifest } from "./manifest.js";
import { cleanLeftovers, namesIn, removeFolder } from "./replace.js";

/** A checkpoint of a run; its tensors are not read. */
export interface SavedCheckpoint {
  readonly name: string;
  readonly folder: string;
  readonly manifest: Manifest;
}

/** Which earlier checkpoints are kept. */
export interface SaveOptions {
  /** The number of the stage's latest checkpoints to keep (at least 1); its best one is always kept. */
  readonly keep: number;
}

/** The name of a stage's checkpoint; names sort by step. */
export function checkpointName(stage: string, step: number): string {
  return `${stage}-${String(step).padStart(7, "0")}`;
}

/** The stage of a checkpoint's name; null for other names. */
export function stageOfCheckpoint(name: string): string | null {
  return /^(.+)-\d{7,}$/.exec(name)?.[1] ?? null;
}

/** Saves a checkpoint, then removes those it supersedes. */
export type Saver = (contents: CheckpointContents, options: SaveOptions) => Promise<SavedCheckpoint>;

/**
 * Saves into `root` under `checkpointName`, then removes the stage's checkpoints beyond those to keep. Cleans up after killed
 * writes. Manifests are read only at the first save: with a thousand checkpoints that takes a second. Throws V923, leaving
 * earlier checkpoints untouched.
 */
export function createSaver(root: string): Saver {
  let known: readonly SavedCheckpoint[] | null = null;
  return async (contents, { keep }) => {
    await cleanLeftovers(root);
    const before = known === null ? await listCheckpoints(root) : await stillIn(root, known);
    const { stage, step } = contents.facts;
    const name = checkpointName(stage, step);
    const folder = join(root, name);
    const manifest = await writeCheckpoint(folder, contents, (before.at(-1)?.manifest.sequence ?? 0) + 1);
    const saved = { name, folder, manifest };
    const all = [...before.filter((other) => other.name !== name), saved];
    const ofStage = all.filter((other) => other.manifest.stage === stage);
    const kept = new Set([bestOf(ofStage), ...ofStage.slice(-Math.max(keep, 1))]);
    const surplus = ofStage.filter((other) => !kept.has(other));
    for (const other of surplus) await removeFolder(other.folder);
    known = all.filter((other) => !surplus.includes(other));
    return saved;
  };
}

/** Without those that were removed from the disk meanwhile. */
async function stillIn(root: string, known: readonly SavedCheckpoint[]): Promise<readonly SavedCheckpoint[]> {
  const names = new Set(await namesIn(root));
  return known.filter(({ name }) => names.has(name));
}

/** The checkpoints in `root` (of one stage, if given) that are intact by manifest and file sizes, in the order of saving. */
export async function listCheckpoints(root: string, stage?: string): Promise<SavedCheckpoint[]> {
  const found: SavedCheckpoint[] = [];
  for (const name of await namesIn(root)) {
    if (stage !== undefined && (stageOfCheckpoint(name) ?? stage) !== stage) continue;
    const folder = join(root, name);
    const manifest = await manifestOrWhy(folder);
    if (!(manifest instanceof VlmoError) && (stage === undefined || manifest.stage === stage))
      found.push({ name, folder, manifest });
  }
  return found.sort((a, b) => a.manifest.sequence - b.manifest.sequence);
}

/** A checkpoint that is skipped, and why. */
export interface DamagedCheckpoint {
  readonly folder: string;
  readonly reason: VlmoError;
}

/** The folders in `root` that are checkpoints by manifest or name but unusable: damaged, or of another version. */
export async function damagedCheckpoints(root: string): Promise<DamagedCheckpoint[]> {
  const damaged: DamagedCheckpoint[] = [];
  for (const name of await namesIn(root)) {
    const folder = join(root, name);
    const reason = await manifestOrWhy(folder);
    // V927: no manifest. Unless its name is that of a checkpoint, the folder may be anything.
    const isOther = reason instanceof VlmoError && reason.code === "V927" && stageOfCheckpoint(name) === null;
    if (reason instanceof VlmoError && !isOther) damaged.push({ folder, reason });
  }
  return damaged;
}

/** The latest checkpoint of a stage whose files match the hashes of its manifest, and the later ones that do not. */
export async function soundCheckpoint(
  root: string,
  stage: string,
): Promise<{ readonly sound: SavedCheckpoint | undefined; readonly damaged: readonly DamagedCheckpoint[] }> {
  const damaged: DamagedCheckpoint[] = [];
  for (const saved of (await listCheckpoints(root, stage)).toReversed()) {
    const reason = await whyNot(verifyFiles(saved.folder, saved.manifest, "whole"));
    if (!(reason instanceof VlmoError)) return { sound: saved, damaged };
    damaged.push({ folder: saved.folder, reason });
  }
  return { sound: undefined, damaged };
}

/** The checkpoint to resume from, by manifests and file sizes; undefined if `root` has none. */
export async function latestCheckpoint(root: string, stage?: string): Promise<SavedCheckpoint | undefined> {
  return (await listCheckpoints(root, stage)).at(-1);
}

/** The checkpoint with the highest score (the first of equals); undefined if none has a score. */
export async function bestCheckpoint(root: string, stage?: string): Promise<SavedCheckpoint | undefined> {
  return bestOf(await listCheckpoints(root, stage));
}

/** Removes a checkpoint atomically. */
export async function removeCheckpoint({ folder }: SavedCheckpoint): Promise<void> {
  await removeFolder(folder);
}

function bestOf(all: readonly SavedCheckpoint[]): SavedCheckpoint | undefined {
  const score = ({ manifest }: SavedCheckpoint) => manifest.score ?? -Infinity;
  const scored = all.filter(({ manifest }) => manifest.score !== null);
  return scored.reduce<SavedCheckpoint | undefined>(
    (best, saved) => (best && score(best) >= score(saved) ? best : saved),
    undefined,
  );
}

async function manifestOrWhy(folder: string): Promise<Manifest | VlmoError> {
  return whyNot(
    checkpointManifest(folder).then(async (manifest) => {
      await verifyFiles(folder, manifest, "sizes");
      return manifest;
    }),
  );
}

async function whyNot<T>(look: Promise<T>): Promise<T | VlmoError> {
  return look.catch((error: unknown) => {
    if (error instanceof VlmoError) return error;
    throw error;
  });
}
