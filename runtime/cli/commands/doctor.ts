// `vlmo doctor`: which engines work here, how fast, and what is missing.
import { Option, type Command } from "commander";
import { join } from "node:path";
import type { Subject } from "../../doctor/examine.js";
import type { Finding } from "../../doctor/probe.js";
import { backends, engineNames, knownBackend, type EngineName } from "../../engines/backends.js";
import { exits, UsageError } from "../failure.js";
import { positive } from "../options.js";
import type { Session } from "../session.js";
import { version, type Shell } from "../shell.js";

const examples = `
Every engine is started on every backend, in a separate process, and multiplies float32 matrices: matrix
products are most of a training step, though not all of it. For what does not start, the reason and the
remedy are shown. Nothing is installed, and nothing leaves this machine. With an engine and a backend
named, only that is tried, in this process.

Examples:
  vlmo doctor
  vlmo doctor --engine torch
  vlmo doctor --engine tfjs --backend node --debug
  vlmo doctor --json

Exit codes: 0 if the default engine, or the one named, works here; 1 if it does not.`;

interface Options {
  readonly engine?: EngineName;
  readonly backend?: string;
  readonly threads?: number;
}

/** Adds `vlmo doctor`. */
export function addDoctor(program: Command, shell: Shell): void {
  program
    .command("doctor")
    .summary("show which engines work here")
    .description("Show which engines and backends work on this machine, how fast they are, and what is missing.")
    .addOption(new Option("--engine <name>", "only this engine").choices(engineNames))
    .option("--backend <name>", "only this backend of the engine")
    .option("--threads <n>", "threads of the engine (default: all cores)", positive)
    .addHelpText("after", examples)
    .action(async (options: Options) => {
      shell.exit = await run(options, shell.session);
    });
}

async function run(options: Options, session: Session): Promise<number> {
  const { engine, backend } = options;
  if (engine === undefined && backend !== undefined) {
    throw new UsageError(`--backend ${backend} is of no engine`, "name the engine too, with --engine");
  }
  const isOne = engine !== undefined && (backend !== undefined || backends[engine].length === 0);
  return isOne ? examineHere(engine, options, session) : examineAll(options, session);
}

async function examineHere(engine: EngineName, { backend: name, threads }: Options, session: Session): Promise<number> {
  const { availableParallelism } = await import("node:os");
  const { probe } = await import("../../doctor/probe.js");
  const { findingLines } = await import("../doctor-text.js");
  const backend = knownBackend(engine, name ?? null);
  const finding = await probe({ engine, backend, threads: threads ?? availableParallelism() });
  findingLines(finding, session.colours).forEach((line) => session.say(line));
  session.give(finding);
  return finding.works ? exits.fine : exits.mistake;
}

async function examineAll({ engine, threads }: Options, session: Session): Promise<number> {
  const { machineHere } = await import("../../doctor/machine.js");
  const { examine, subjectsOf } = await import("../../doctor/examine.js");
  const { pythonCommand } = await import("../../python.js");
  const { findingLines, machineLines, headLine } = await import("../doctor-text.js");
  const [machine, python] = [machineHere(), pythonCommand()];
  machineLines(version(), machine, python).forEach((line) => session.say(line));
  session.say(`\n${session.colours.bold(headLine)}`);
  const findings: Finding[] = [];
  for (const subject of subjectsOf(engine ?? null)) {
    const finding = await examine(subject, commandFor(subject, threads));
    findingLines(finding, session.colours).forEach((line) => session.say(line));
    findings.push(finding);
  }
  session.give({ version: version(), machine, python, findings });
  return findings[0]?.works === true ? exits.fine : exits.mistake;
}

/** The command line that examines one engine on one backend. */
function commandFor({ engine, backend }: Subject, threads: number | undefined): string[] {
  const words = [process.execPath, join(import.meta.dirname, "main.js"), "doctor", "--json", "--engine", engine];
  if (backend !== null) words.push("--backend", backend);
  if (threads !== undefined) words.push("--threads", String(threads));
  return words;
}
