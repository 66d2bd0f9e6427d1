// A training in several processes, from the command line: `--devices` starts torchrun, which starts this same command line once
// for each device. A failing process leaves its message to the launcher, which prints it once.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import type { StageSpec } from "../../compiler/index.js";
import { refuse, VlmoError, vlmoError } from "../errors/vlmo-error.js";
import { trainsInRanks } from "../engines/backends.js";
import type { Launched, Outcome } from "../engines/torch/launch.js";
import { exits, reportFailure, UsageError } from "./failure.js";
import type { EngineChoice } from "./options.js";
import { expectSharers, type RankOptions } from "./rank-options.js";
import type { Session } from "./session.js";

/** The rank of this process in a training. */
export interface OwnRank {
  readonly rank: number;
  /** Its index among the processes on this machine (local rank). */
  readonly local: number;
  /** The number of processes on this machine. */
  readonly besides: number;
  /** Whether the processes were restarted after one had failed. */
  readonly again: boolean;
}

/** The rank from torchrun's environment; null for a process on its own. */
export function ownRank(environment: Readonly<Record<string, string | undefined>>): OwnRank | null {
  const { RANK, WORLD_SIZE, LOCAL_RANK, LOCAL_WORLD_SIZE, TORCHELASTIC_RESTART_COUNT } = environment;
  if (RANK === undefined || Number(WORLD_SIZE ?? 1) < 2) return null;
  return {
    rank: Number(RANK),
    local: Number(LOCAL_RANK ?? 0),
    besides: Number(LOCAL_WORLD_SIZE ?? 1),
    again: Number(TORCHELASTIC_RESTART_COUNT ?? 0) > 0,
  };
}

/** Whether the options request several processes. Throws UsageError for an inconsistent combination. */
export function asksForRanks({
  devices,
  nnodes = 1,
  rdzvEndpoint,
  maxRestarts,
  shardOptimizer,
  engine,
}: RankOptions & EngineChoice): boolean {
  const isGiven = nnodes > 1 || rdzvEndpoint !== undefined || maxRestarts !== undefined;
  if (isGiven && devices === undefined)
    throw new UsageError("several machines are given, but no devices", "add --devices N, those of each machine");
  if (nnodes > 1 && rdzvEndpoint === undefined)
    throw new UsageError(
      "several machines need a rendezvous endpoint",
      "add --rdzv-endpoint HOST:PORT, the same on all of them",
    );
  const asks = (devices ?? 1) > 1 || nnodes > 1;
  expectSharers(shardOptimizer, (devices ?? 1) * nnodes);
  if (asks && !trainsInRanks(engine))
    throw new UsageError(
      `the engine \`${engine}\` trains in one process`,
      "add --engine torch, or leave out --devices",
    );
  return asks;
}

/** The environment variable with the folder in which processes leave their failure messages. */
const wordsVariable = "VLMO_LAST_WORDS";

/** Starts the processes of this command line, and returns its exit code when all have ended. */
export async function trainInRanks(
  stages: readonly StageSpec[],
  options: RankOptions,
  session: Session,
): Promise<number> {
  const { unshareable } = await import("../train/ranks.js");
  const { launch } = await import("../engines/torch/launch.js");
  const { devices = 1, nnodes = 1 } = options;
  refuse(stages.flatMap((stage) => unshareable(stage, devices * nnodes)));
  const words = mkdtempSync(join(tmpdir(), "vlmo-ranks-"));
  const [, script = "", ...args] = process.argv;
  const command = [process.execPath, ...process.execArgv, script, ...args];
  session.outliveReaders();
  try {
    const launched = await launch(command, { ...options, devices, nnodes }, { [wordsVariable]: words });
    const outcome = await whileListening(launched, session);
    return await exitOf(outcome, words, session);
  } finally {
    rmSync(words, { recursive: true, force: true });
  }
}

const signals = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"] as const;

/** Forwards requests to stop. */
async function whileListening({ stop, outcome }: Launched, session: Session): Promise<Outcome> {
  const ask = (name: NodeJS.Signals): void => {
    if (stop(name)) session.remark("\nFinishing this step, then saving. Press Ctrl-C again to stop immediately.");
  };
  for (const name of signals) process.on(name, ask);
  try {
    return await outcome;
  } finally {
    for (const name of signals) process.off(name, ask);
  }
}

async function exitOf(outcome: Outcome, folder: string, session: Session): Promise<number> {
  if ("signal" in outcome) return 128 + (constants.signals[outcome.signal as NodeJS.Signals] ?? 0); // as Python names it
  if (outcome.failures.length === 0) return exits.fine;
  const said = lastWords(folder);
  if (said !== null) {
    said.remarks.forEach((line) => session.remark(line));
    said.results.forEach((result) => session.give(result));
    return said.exit;
  }
  const [first] = outcome.failures.filter(({ exit }) => exit !== leftBehind);
  if (first === undefined) return exits.mistake;
  throw vlmoError("V904", { rank: first.rank, how: howEnded(first.exit) });
}

function howEnded(exit: number): string {
  const signal = Object.entries(constants.signals).find(([, number]) => number === -exit);
  return signal === undefined ? `exit code ${exit}` : `killed by ${signal[0]}`;
}

/** The message of a failing process. */
const wordsSchema = z.object({
  exit: z.int(),
  remarks: z.array(z.string()),
  results: z.array(z.record(z.string(), z.unknown())),
});

/** The first failure message found: an error common to all processes is reported by each. */
function lastWords(folder: string): z.infer<typeof wordsSchema> | null {
  const [file] = readdirSync(folder).toSorted();
  return file === undefined ? null : wordsSchema.parse(JSON.parse(readFileSync(join(folder, file), "utf8")));
}

/** The exit code of a process that ended because another one had. */
const leftBehind = 75;

/** Runs a process of a training: only the first prints, and a failure is stored for the launcher. */
export async function asRank(
  own: OwnRank,
  session: Session,
  work: (session: Session) => Promise<number>,
): Promise<number> {
  const parent = process.ppid;
  const folder = process.env[wordsVariable];
  const words = folder === undefined ? null : join(folder, String(own.local).padStart(6, "0"));
  // A message from before a restart is obsolete.
  if (words !== null) rmSync(words, { force: true });
  // Ends this process when torchrun itself is killed.
  setInterval(() => process.ppid !== parent && process.exit(leftBehind), 500).unref();
  const heard = own.rank === 0 ? session : quiet(session);
  if (own.again) heard.remark("A process ended; all of them have been restarted from the last checkpoint.");
  try {
    return await work(heard);
  } catch (error) {
    if (error instanceof VlmoError && error.code === "V907") return leftBehind;
    if (words === null) return reportFailure(error, session);
    const remarks: string[] = [];
    const results: object[] = [];
    const keeping = {
      ...session,
      remark: (line: string) => void remarks.push(line),
      give: (result: object) => void results.push(result),
    };
    const exit = await reportFailure(error, keeping);
    writeFileSync(words, JSON.stringify({ exit, remarks, results }));
    return exit;
  }
}

const nothing = (): void => undefined;

function quiet(session: Session): Session {
  return { ...session, interactive: false, say: nothing, write: nothing, remark: nothing, give: nothing };
}
