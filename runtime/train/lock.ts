// The lock of a run folder, or of a folder of vectors being written: one process at a time writes into it. It is a file that
// names its holder. A process removes its own lock when it ends; the lock of a killed process is taken over.
import { readFileSync, rmSync } from "node:fs";
import { copyFile, constants, link, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { z } from "zod";
import { unfinishedMark, writeTextAtomically } from "../formats/atomic.js";
import { systemCode, systemError } from "../errors/system-error.js";
import { vlmoError, type VlmoError } from "../errors/vlmo-error.js";
import { ownMark, processMark, stillRuns } from "./process-mark.js";

const name = "run.lock";

const holderSchema = processMark.extend({
  /** Identifies this acquisition of the lock. */
  id: z.uuid(),
  /** ISO 8601. */
  since: z.string(),
  /** What the holder does in the folder. */
  doing: z.enum(["trains", "embeds"]).default("trains"),
});

type Holder = z.infer<typeof holderSchema>;

/** Held until released, or until its process ends. */
export interface Lock {
  release(): void;
}

/** Takes the lock of an existing folder; `doing` is shown to others. Throws V985 if another process holds it, V923. */
export async function lockRun(folder: string, doing: Holder["doing"] = "trains"): Promise<Lock> {
  const path = join(folder, name);
  const holder: Holder = { ...ownMark(), id: crypto.randomUUID(), since: new Date().toISOString(), doing };
  await take({ folder, path, text: JSON.stringify(holder) }).catch((error: unknown) => {
    throw systemError("V923", path, error);
  });
  await clean(folder);
  const release = (): void => {
    process.off("exit", release);
    if (textOf(path).includes(holder.id)) rmSync(path, { force: true });
  };
  process.on("exit", release);
  return { release };
}

/** Who is training into a folder; `isSeen`: the process can be checked from here, and runs. */
export type TrainingNow = Pick<Holder, "process" | "host" | "since"> & { readonly isSeen: boolean };

/** Who is training into a folder; null if nobody, or if the lock is that of a killed process. Takes no lock. */
export function trainingIn(folder: string): TrainingNow | null {
  const holder = holderSchema.safeParse(jsonOr(textOf(join(folder, name))));
  if (!holder.success) return null;
  const runs = stillRuns(holder.data);
  const { process: id, host, since } = holder.data;
  return runs === false ? null : { process: id, host, since, isSeen: runs === true };
}

interface Taking {
  readonly folder: string;
  readonly path: string;
  /** The content of `path`. */
  readonly text: string;
}

/**
 * To replace the lock of a dead process one must hold a second lock, named after exactly that lock, and the dead lock must
 * still be there: so of several processes that find it, none removes a lock that another has taken since.
 */
async function take({ folder, path, text }: Taking): Promise<void> {
  while (!(await placed(path, text))) {
    const holder = await holderOf(path, folder);
    if (holder === null) continue;
    const runs = stillRuns(holder);
    if (runs !== false) throw heldBy(holder, { folder, path, isSeen: runs !== null });
    const replacing = `${path}.${holder.id}`;
    await take({ folder, path: replacing, text });
    try {
      if ((await holderOf(path, folder))?.id !== holder.id) continue;
      await writeTextAtomically(path, text);
      return;
    } finally {
      await rm(replacing, { force: true });
    }
  }
}

/** Creates a file with its full content at once; false if the file exists. */
async function placed(path: string, text: string): Promise<boolean> {
  const prepared = `${path}.${unfinishedMark()}`;
  try {
    await writeFile(prepared, text);
    await link(prepared, path).catch(async (error: unknown) => {
      if (systemCode(error) === "EEXIST") throw error;
      // Not all file systems have hard links.
      await copyFile(prepared, path, constants.COPYFILE_EXCL);
    });
    return true;
  } catch (error) {
    if (systemCode(error) === "EEXIST") return false;
    throw error;
  } finally {
    await rm(prepared, { force: true });
  }
}

/** The holder of a lock; null if it has been released. */
async function holderOf(path: string, folder: string): Promise<Holder | null> {
  // A lock that was copied (not linked) may be read half-written.
  for (let tries = 0; tries < 20; tries++) {
    const text = await readFile(path, "utf8").catch((error: unknown) => {
      if (systemCode(error) === "ENOENT") return null;
      throw error;
    });
    if (text === null) return null;
    const holder = holderSchema.safeParse(jsonOr(text));
    if (holder.success) return holder.data;
    await setTimeout(50);
  }
  const help = `where nothing runs there, delete \`${path}\``;
  throw vlmoError("V985", { folder, holder: "its lock does not say who holds it" }, { help });
}

function jsonOr(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

interface LockPath {
  readonly folder: string;
  readonly path: string;
  /** Whether the holder's process can be checked from here. */
  readonly isSeen: boolean;
}

/** Words for what a holder has been doing. */
const activities = {
  trains: "has been training into it",
  embeds: "has been embedding into it",
} satisfies Record<Holder["doing"], string>;

function heldBy({ process: id, host, since, doing }: Holder, { folder, path, isSeen }: LockPath): VlmoError {
  const when = `since ${since.slice(0, 19).replace("T", " ")} UTC`;
  if (isSeen) return vlmoError("V985", { folder, holder: `process ${id} ${activities[doing]} ${when}` });
  const help = `wait for it or give another --out; where nothing runs there any more, delete \`${path}\``;
  return vlmoError("V985", { folder, holder: `process ${id} on \`${host}\` ${activities[doing]} ${when}` }, { help });
}

/** Removes second locks (see `take`) of killed processes: the lock that they were to replace is gone. */
async function clean(folder: string): Promise<void> {
  const left = (await readdir(folder)).filter((entry) => /^run\.lock\.[0-9a-f]{8}-[0-9a-f-]{27}$/.test(entry));
  await Promise.all(left.map((entry) => rm(join(folder, entry), { force: true })));
}
