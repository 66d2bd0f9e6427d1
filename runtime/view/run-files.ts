// The files of a run whose change changes its page.
import { join } from "node:path";
import { trainingIn } from "../train/lock.js";
import { stampOf } from "./watch.js";

/** Their paths, whether they are there or not. */
export function runFiles(folder: string): string[] {
  return ["metrics.jsonl", "run.json", "run.lock"].map((name) => join(folder, name));
}

/** What they are at a moment, and whether somebody trains: a process that is killed leaves its lock as it was. */
export async function stampOfRun(folder: string): Promise<string> {
  return `${await stampOf(runFiles(folder))}\n${trainingIn(folder) === null}`;
}
