// Examines every engine on every backend, each in a process of its own: a library that crashes is a finding, too.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { backends, engineNames, type EngineName } from "../engines/backends.js";
import type { Finding } from "./probe.js";

/** An engine and a backend; null for an engine without backends. */
export interface Subject {
  readonly engine: EngineName;
  readonly backend: string | null;
}

type Exit = [code: number | null, signal: NodeJS.Signals | null];

/** More than any engine takes to start, even on a slow disk. */
const LONGEST_MS = 180_000;

/** All pairs of engine and backend, or those of one engine, the default first. */
export function subjectsOf(only: EngineName | null): readonly Subject[] {
  return engineNames.filter((engine) => only === null || engine === only).flatMap(onBackends);
}

function onBackends(engine: EngineName): readonly Subject[] {
  // `auto` selects one of the others.
  const names = backends[engine].filter((name) => name !== "auto");
  return names.length === 0 ? [{ engine, backend: null }] : names.map((backend) => ({ engine, backend }));
}

/** The finding of a process started with that command, which prints it as JSON. */
export async function examine(subject: Subject, [program = "", ...args]: readonly string[]): Promise<Finding> {
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "ignore"], timeout: LONGEST_MS });
  const [said, [code, signal]] = await Promise.all([text(child.stdout), once(child, "exit") as Promise<Exit>]);
  // Boundary: the process is this program, run with --json.
  if (said !== "" && signal === null) return JSON.parse(said) as Finding;
  const minutes = LONGEST_MS / 60_000;
  const detail = child.killed
    ? `it did not answer within ${minutes} minutes`
    : `its process ended as it started (${signal ?? `exit code ${code}`})`;
  const help = `run vlmo doctor --engine ${subject.engine}${subject.backend === null ? "" : ` --backend ${subject.backend}`} --debug, which shows what it says`;
  return { ...subject, works: false, detail, help, gflops: null };
}
