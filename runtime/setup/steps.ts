// Programs started by a setup, in sequence: their output is shown as it comes.
import { spawn } from "node:child_process";
import { once } from "node:events";
import type { EngineName } from "../engines/backends.js";
import { systemReason } from "../errors/system-error.js";
import { vlmoError } from "../errors/vlmo-error.js";

/** One program to run. */
export interface Step {
  /** What it does, as a message to the user. */
  readonly what: string;
  readonly command: readonly string[];
  readonly cwd?: string;
  /** The remedy if it fails. */
  readonly help: string;
}

/** Reports progress. */
export type Tell = (line: string) => void;

/** Runs a step, its output on our stderr. Rejects with V966 where it does not start, or fails. */
export async function runStep(engine: EngineName, { what, command, cwd, help }: Step, tell: Tell): Promise<void> {
  const [program = "", ...args] = command;
  tell(`${what}: ${command.join(" ")}`);
  const child = spawn(program, args, { cwd, stdio: ["ignore", process.stderr, process.stderr] });
  const [code, signal]: unknown[] = await once(child, "exit").catch((cause: unknown) => {
    throw vlmoError(
      "V966",
      { engine, reason: `\`${program}\` does not start: ${systemReason(cause)}` },
      { help, cause },
    );
  });
  if (code === 0) return;
  const end = typeof signal === "string" ? signal : `exit code ${String(code)}`;
  throw vlmoError("V966", { engine, reason: `\`${command.join(" ")}\` ended with ${end}` }, { help });
}
