// The lock of a run folder, or of a folder of vectors that are being made: one process at a time writes into it. It is a
// file that names who holds it. A process that ends removes its own; the lock of one that was killed is taken over.
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
  /** What it does in the folder. */
  doing: z.enum(["trains", "embeds"]).default("trains"),
});

type Holder = z.infer<typeof holderSchema>;

/** Held until it is released, or its process ends. */
export interface Lock {
  release(): void;
}

/** Takes the lock of a folder that exists, for what others are told. Throws V985 where another holds it, V923. */
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

/** Who trains into a folder now; `isSeen`: their process can be seen from here, and runs. */
export type TrainingNow = Pick<Holder, "process" | "host" | "since"> & { readonly isSeen: boolean };

/** Who trains into a folder now; null where nobody does, or what a killed process has left says so. Takes nothing. */
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
 * The lock of a dead process is replaced only by who holds the lock of replacing just that one, and while it exists: of
 * several that find it, none removes what another has put there since.
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

/** Puts a text, whole, where there is no file; false where one does. */
async function placed(path: string, text: string): Promise<boolean> {
  const prepared = `${path}.${unfinishedMark()}`;
  try {
    await writeFile(prepared, text);
    await link(prepared, path).catch(async (error: unknown) => {
      if (systemCode(error) === "EEXIST") throw error;
      // Some file systems give a file one name only.
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

/** Who holds a lock; null where it is free by now. */
async function holderOf(path: string, folder: string): Promise<Holder | null> {
  // One that was copied may be seen before it is whole.
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
  /** Whether the holder's process can be seen from here. */
  readonly isSeen: boolean;
}

/** What a holder has been doing, in words. */
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

/** Removes locks of replacing that were left by processes that were killed meanwhile; what they were for is done. */
async function clean(folder: string): Promise<void> {
  const left = (await readdir(folder)).filter((entry) => /^run\.lock\.[0-9a-f]{8}-[0-9a-f-]{27}$/.test(entry));
  await Promise.all(left.map((entry) => rm(join(folder, entry), { force: true })));
}
