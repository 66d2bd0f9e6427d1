// Runs trials in processes of their own, several at a time. A process that is asked to stop saves a checkpoint, and so does one
// whose sweep has ended.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import path from "node:path";
import { systemError } from "../errors/system-error.js";
import type { Trial } from "./trials.js";

/** Options of running trials. */
export interface RunOptions {
  /** The program and its first arguments; those of `train` follow. */
  readonly program: readonly string[];
  /** Arguments common to all trials. */
  readonly options: readonly string[];
  readonly file: string;
  /** The number of trials at a time. */
  readonly parallel: number;
  /** GPUs; each parallel process sees one, the one of its slot (modulo their number); null: every process sees all. */
  readonly gpus: readonly string[] | null;
  readonly signal: AbortSignal;
  /** Called when a trial ends. */
  readonly ended: (trial: Trial, ending: Ending) => Promise<void> | void;
}

/** How a trial's process ended. */
export interface Ending {
  readonly isFine: boolean;
  readonly seconds: number;
  /** Its output. */
  readonly log: string;
}

/** Runs all trials, or until it is asked to stop. Rejects with V923. */
export async function runTrials(trials: readonly Trial[], options: RunOptions): Promise<void> {
  const left = trials[Symbol.iterator]();
  const work = async (place: number): Promise<void> => {
    for (const trial of left) {
      if (options.signal.aborted) return;
      await options.ended(trial, await runOne(trial, place, options));
    }
  };
  await Promise.all(Array.from({ length: options.parallel }, (_, place) => work(place)));
}

type Exit = [code: number | null, signal: NodeJS.Signals | null];

async function runOne(trial: Trial, place: number, options: RunOptions): Promise<Ending> {
  const { folder, set } = trial;
  const log = `${folder}.log`;
  await mkdir(path.dirname(folder), { recursive: true }).catch((error: unknown) => {
    throw systemError("V923", folder, error);
  });
  const [program = "", ...first] = options.program;
  const arguments_ = ["train", options.file, "--out", folder, "--resume", ...set.flatMap((each) => ["--set", each])];
  const began = performance.now();
  const output = opened(log);
  try {
    const child = spawn(program, [...first, ...arguments_, ...options.options], {
      // Nothing is sent over the channel: its closing tells the process that the sweep has been killed.
      stdio: ["ignore", output, output, "ipc"],
      // A terminal's Ctrl-C reaches this process alone, which forwards it once: a second one would stop without saving.
      detached: true,
      env: { ...process.env, ...visible(place, options.gpus) },
    });
    const stop = (): void => void child.kill("SIGINT");
    options.signal.addEventListener("abort", stop);
    const [code] = (await once(child, "exit")) as Exit;
    options.signal.removeEventListener("abort", stop);
    return { isFine: code === 0, seconds: (performance.now() - began) / 1000, log };
  } catch (error) {
    throw systemError("V923", log, error);
  } finally {
    closeSync(output);
  }
}

function opened(log: string): number {
  try {
    return openSync(log, "a");
  } catch (error) {
    throw systemError("V923", log, error);
  }
}

function visible(place: number, gpus: readonly string[] | null): Readonly<Record<string, string>> {
  const gpu = gpus?.[place % gpus.length];
  return gpu === undefined ? {} : { CUDA_VISIBLE_DEVICES: gpu };
}
