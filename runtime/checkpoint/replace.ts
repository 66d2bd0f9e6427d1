// Replaces a whole folder so that a kill at any moment leaves the old one or the new one. A folder cannot be renamed over
// another, so the old one is moved aside first; if the process dies then, the name of the moved folder shows what it was.
import { mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { syncFolder, unfinishedMark } from "../formats/atomic.js";
import { makeFolder } from "../formats/make-folder.js";
import { systemCode, systemError } from "../errors/system-error.js";
import { VlmoError } from "../errors/vlmo-error.js";

/** `NAME.tmp-PID-…` is unfinished, or being removed; `NAME.old-PID-…` was moved aside and is complete. */
const marked = /^(?<name>.+)\.(?<kind>tmp|old)-(?<process>\d+)-[0-9a-f]{8}$/;

/** Folders that this process is writing right now. */
const busy = new Set<string>();

/**
 * Calls `write` with a new empty folder, then replaces `folder` with it; first cleans up after killed writes to `folder`.
 * Throws V923, leaving `folder` as it was.
 */
export async function replaceFolder(folder: string, write: (unfinished: string) => Promise<void>): Promise<void> {
  const place = resolve(folder);
  const unfinished = `${place}.${unfinishedMark()}`;
  busy.add(unfinished);
  try {
    await makeFolder(dirname(place));
    await cleanLeftovers(dirname(place), basename(place));
    await mkdir(unfinished);
    await write(unfinished);
    await syncFolder(unfinished);
    await putInPlace(unfinished, place);
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true }).catch(() => undefined);
    // The error names the final path, since the unfinished folder is gone and its name means nothing to the user.
    throw systemError("V923", folder, error instanceof VlmoError ? (error.cause ?? error) : error);
  } finally {
    busy.delete(unfinished);
  }
}

async function putInPlace(unfinished: string, place: string): Promise<void> {
  const aside = `${place}.${unfinishedMark().replace("tmp", "old")}`;
  const stood = await renamed(place, aside);
  try {
    await rename(unfinished, place);
  } catch (error) {
    if (stood) await rename(aside, place);
    throw error;
  }
  await syncFolder(dirname(place));
  if (stood) await removeFolder(aside, place);
}

/** Removes a folder by renaming it first, so that a partly removed one is never taken for complete. */
export async function removeFolder(folder: string, place = resolve(folder)): Promise<void> {
  const trash = `${place}.${unfinishedMark()}`;
  if (await renamed(resolve(folder), trash)) await rm(trash, { recursive: true, force: true });
}

/** False if there was nothing to rename. */
async function renamed(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    if (systemCode(error) === "ENOENT") return false;
    throw error;
  }
}

/** The folder's current path: its own, or aside if a replacement was killed in between; undefined if there is neither. */
export async function findFolder(folder: string): Promise<string | undefined> {
  const place = resolve(folder);
  if (await exists(place)) return place;
  const entries = await marksIn(dirname(place));
  const aside = entries.find(({ name, kind }) => name === basename(place) && kind === "old");
  return aside === undefined ? undefined : join(dirname(place), aside.entry);
}

/** Names of the folders in `root`, including those that a killed replacement has left aside. */
export async function namesIn(root: string): Promise<string[]> {
  const entries = await entriesOf(root);
  const names = entries.flatMap((entry) => {
    const mark = marked.exec(entry)?.groups;
    return mark === undefined ? entry : mark["kind"] === "old" ? (mark["name"] ?? []) : [];
  });
  return [...new Set(names)].sort();
}

/**
 * Removes unfinished folders of dead processes in `root` (only those of `name`, if given), and moves back what they have moved
 * aside. Folders of living processes are left alone.
 */
export async function cleanLeftovers(root: string, name?: string): Promise<void> {
  for (const mark of await marksIn(root)) {
    const path = join(root, mark.entry);
    if ((name !== undefined && mark.name !== name) || busy.has(path) || isAlive(mark.process)) continue;
    const place = join(root, mark.name);
    if (mark.kind === "tmp") await rm(path, { recursive: true, force: true });
    else if (await exists(place)) await removeFolder(path, place);
    else await renamed(path, place);
  }
}

interface Mark {
  readonly entry: string;
  readonly name: string;
  readonly kind: string;
  readonly process: number;
}

async function marksIn(root: string): Promise<Mark[]> {
  return (await entriesOf(root)).flatMap((entry) => {
    const { name, kind, process } = marked.exec(entry)?.groups ?? {};
    return name === undefined || kind === undefined ? [] : { entry, name, kind, process: Number(process) };
  });
}

async function entriesOf(root: string): Promise<string[]> {
  try {
    return await readdir(root);
  } catch (error) {
    // `root` may be a file instead of a run folder; opening it reports that.
    if (["ENOENT", "ENOTDIR"].includes(systemCode(error) ?? "")) return [];
    throw systemError("V920", root, error);
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** Whether another process with this id runs; our own id may have been that of a dead process. */
function isAlive(id: number): boolean {
  if (id === process.pid) return false;
  try {
    return process.kill(id, 0);
  } catch (error) {
    return systemCode(error) === "EPERM";
  }
}
