// Every engine on every backend, each in a process of its own: a library that crashes there is a finding, too.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { backends, engineNames, type EngineName } from "../engines/backends.js";
import type { Finding } from "./probe.js";

/** Which engine, on what; null where there is nothing to choose. */
export interface Subject {
  readonly engine: EngineName;
  readonly backend: string | null;
}

type Exit = [code: number | null, signal: NodeJS.Signals | null];

/** Longer than any engine takes to start on a slow disk. */
const LONGEST_MS = 180_000;

/** All of them, or those of one engine, the usual one first. */
export function subjectsOf(only: EngineName | null): readonly Subject[] {
  return engineNames.filter((engine) => only === null || engine === only).flatMap(onBackends);
}

function onBackends(engine: EngineName): readonly Subject[] {
  // `auto` is one of the others.
  const names = backends[engine].filter((name) => name !== "auto");
  return names.length === 0 ? [{ engine, backend: null }] : names.map((backend) => ({ engine, backend }));
}

/** What a process that was started with that command finds; it prints a Finding as JSON. */
export async function examine(subject: Subject, [program = "", ...args]: readonly string[]): Promise<Finding> {
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "ignore"], timeout: LONGEST_MS });
  const [said, [code, signal]] = await Promise.all([text(child.stdout), once(child, "exit") as Promise<Exit>]);
  // Boundary: the process is this program, with --json.
  if (said !== "" && signal === null) return JSON.parse(said) as Finding;
  const minutes = LONGEST_MS / 60_000;
  const detail = child.killed
    ? `it did not answer within ${minutes} minutes`
    : `its process ended as it started (${signal ?? `exit code ${code}`})`;
  const help = `run vlmo doctor --engine ${subject.engine}${subject.backend === null ? "" : ` --backend ${subject.backend}`} --debug, which shows what it says`;
  return { ...subject, works: false, detail, help, gflops: null };
}
