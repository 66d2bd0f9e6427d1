// The files that a run's page depends on.
import { join } from "node:path";
import { trainingIn } from "../train/lock.js";
import { stampOf } from "./watch.js";

/** Their paths, whether or not they exist. */
export function runFiles(folder: string): string[] {
  return ["metrics.jsonl", "run.json", "run.lock"].map((name) => join(folder, name));
}

/** A stamp of the files, and whether a process trains: a killed process leaves its lock unchanged. */
export async function stampOfRun(folder: string): Promise<string> {
  return `${await stampOf(runFiles(folder))}\n${trainingIn(folder) === null}`;
}
