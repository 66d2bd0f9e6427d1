// Identifies a process, so that another process can find out later whether it still runs: process ids are reused, machines
// restart, and a folder may be shared by several machines.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
import { z } from "zod";
import { systemCode } from "../errors/system-error.js";

/** As a lock file holds it. */
export const processMark = z.strictObject({
  process: z.int().positive(),
  /** When the process started, as the system writes it; null where the system does not say. */
  began: z.string().nullable(),
  host: z.string(),
  /** Tells hosts of the same name apart, hashed for privacy. */
  machine: z.string().nullable(),
  /** Changes when the machine restarts. */
  boot: z.string().nullable(),
  /** A container has process ids of its own. */
  container: z.string().nullable(),
});

/** A process, recorded so that it can be recognised later. */
export type ProcessMark = z.infer<typeof processMark>;

/** The mark of this process. */
export function ownMark(): ProcessMark {
  const machine = textOf("/etc/machine-id");
  return {
    process: process.pid,
    began: beganOf(process.pid),
    host: hostname(),
    machine: machine === null ? null : createHash("sha256").update(`vlmo ${machine}`).digest("hex").slice(0, 16),
    boot: textOf("/proc/sys/kernel/random/boot_id"),
    container: linkOf("/proc/self/ns/pid"),
  };
}

/** Whether a process still runs; null if that cannot be known from here: another machine or container. */
export function stillRuns(mark: ProcessMark): boolean | null {
  const here = ownMark();
  if (mark.host !== here.host || mark.machine !== here.machine) return null;
  if (mark.boot !== here.boot) return false;
  if (mark.container !== here.container) return null;
  return isProcess(mark.process) && (mark.began === null || mark.began === beganOf(mark.process));
}

function isProcess(id: number): boolean {
  try {
    return process.kill(id, 0);
  } catch (error) {
    return systemCode(error) === "EPERM";
  }
}

function beganOf(id: number): string | null {
  if (process.platform === "win32") return null;
  if (process.platform !== "linux") return answerOf("ps", "-o", "lstart=", "-p", String(id));
  // `stat` is `ID (NAME) STATE …`; the name may hold anything. The start time is in ticks since the machine started.
  const [state, ...fields] = textOf(`/proc/${id}/stat`)?.replace(/^.*\)/s, "").trim().split(" ") ?? [];
  // A zombie is still listed.
  return state === "Z" ? null : (fields[18] ?? null);
}

function textOf(file: string): string | null {
  try {
    return readFileSync(file, "utf8").trim();
  } catch {
    return null;
  }
}

function linkOf(path: string): string | null {
  try {
    return readlinkSync(path);
  } catch {
    return null;
  }
}

function answerOf(program: string, ...args: readonly string[]): string | null {
  try {
    return execFileSync(program, args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  } catch {
    return null;
  }
}
