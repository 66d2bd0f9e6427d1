// Removing a run: the files that `vlmo train` has written, and nothing else. A symbolic link is removed as a link; its target
// stays, and so do files of others in the folder.
import { lstat, readdir, readlink, rm, rmdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { stageOfCheckpoint } from "../checkpoint/index.js";
import { systemCode, systemError } from "../errors/system-error.js";
import { VlmoError, vlmoError, withHelp } from "../errors/vlmo-error.js";
import { readRun } from "../report/run.js";
import { lockRun, type Lock } from "../train/lock.js";

/** A run to be removed. */
export interface Removable {
  readonly folder: string;
  readonly checkpoints: number;
  /** Bytes that would be freed. */
  readonly bytes: number;
}

/** The removed run, and what is left of the folder. */
export interface Removed extends Removable {
  /** Names that are not the run's, and targets of links. */
  readonly left: readonly string[];
}

/** The files of a run's folder; the log, by which a run is recognised, is removed last. */
const files = ["report.html", "run.json", "metrics.jsonl"] as const;
/** Its subfolders, and which names in them are the run's. */
const folders: Readonly<Record<string, (name: string) => boolean>> = {
  pictures: (name) => /\.(svg|png|jpg)$/.test(name),
  checkpoints: (name) => stageOfCheckpoint(name.replace(/\.(tmp|old)-\d+-[0-9a-f]{8}$/, "")) !== null,
};

/** The run to remove. Throws V968 where the folder is no run, V985 where a process trains into it. */
export async function removable(folder: string): Promise<Removable> {
  // Resolved: with a trailing slash, the name of a link would denote its target.
  const status = await lstat(resolve(folder)).catch((error: unknown) => {
    if (systemCode(error) === "ENOENT") throw vlmoError("V968", { folder, reason: "there is no such folder" });
    throw systemError("V920", folder, error);
  });
  if (status.isSymbolicLink()) {
    const help = "name the folder that it leads to";
    throw vlmoError("V968", { folder, reason: `it is a link to \`${await readlink(resolve(folder))}\`` }, { help });
  }
  const checkpoints = await ownIn(folder, "checkpoints");
  const { info, stages } = await readRun(folder);
  // A run that failed before its first stage has no checkpoints and no stages in its log.
  if (info.vlmo === undefined && checkpoints.length + stages.length > 0)
    throw vlmoError("V968", { folder, reason: "no run.json says that vlmo has made it" });
  (await lockToRemove(folder)).release();
  const paths = [...files.map((name) => join(folder, name)), ...checkpoints, ...(await ownIn(folder, "pictures"))];
  const sizes = await Promise.all(paths.map(bytesIn));
  return { folder, checkpoints: checkpoints.length, bytes: sizes.reduce((sum, size) => sum + size, 0) };
}

/** Removes it. Throws V968 where it is no run, V985 where a process trains into it, V923. */
export async function removeRun(folder: string): Promise<Removed> {
  const found = await removable(folder);
  const lock = await lockToRemove(folder);
  const left: string[] = [];
  try {
    for (const name of Object.keys(folders)) left.push(...(await removeFolder(folder, name)));
    for (const name of files) await rm(join(folder, name), { force: true });
  } catch (error) {
    throw systemError("V923", folder, error);
  } finally {
    lock.release();
  }
  left.push(...(await readdir(folder)).filter((name) => !left.some((path) => path.startsWith(`${name}/`))));
  if (left.length === 0) await rmdir(resolve(folder));
  return { ...found, left };
}

async function lockToRemove(folder: string): Promise<Lock> {
  return lockRun(folder).catch((error: unknown) => {
    throw error instanceof VlmoError ? withHelp(error, "wait for it, or stop it") : error;
  });
}

/** Removes the run's files in one of its folders, and the folder if it is then empty; returns what stays. */
async function removeFolder(run: string, name: string): Promise<string[]> {
  const path = join(run, name);
  const status = await lstat(path).catch(() => null);
  if (status === null) return [];
  if (status.isSymbolicLink()) {
    const to = await readlink(path);
    await rm(path);
    return [`${name}/ (a link to ${to})`];
  }
  for (const own of await ownIn(run, name)) await rm(own, { recursive: true, force: true });
  const others = await readdir(path);
  if (others.length === 0) await rmdir(path);
  return others.map((other) => `${name}/${other}`);
}

/** Paths in a run's subfolder that belong to the run. */
async function ownIn(run: string, name: string): Promise<string[]> {
  const path = join(run, name);
  const status = await lstat(path).catch(() => null);
  if (status?.isDirectory() !== true) return [];
  const isOwn = folders[name] ?? (() => false);
  return (await readdir(path)).filter(isOwn).map((entry) => join(path, entry));
}

/** Without following links. */
async function bytesIn(path: string): Promise<number> {
  const status = await lstat(path).catch(() => null);
  if (status?.isDirectory() !== true) return status?.size ?? 0;
  const sizes = await Promise.all((await readdir(path)).map((name) => bytesIn(join(path, name))));
  return sizes.reduce((sum, size) => sum + size, 0);
}
