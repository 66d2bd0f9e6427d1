// Defaults of a training.
import { basename, join } from "node:path";
import type { Engine } from "../engines/index.js";

/** The run folder of a specification: `runs/NAME` of its file. */
export function usualFolder(file: string): string {
  return join("runs", basename(file, ".vlmo"));
}

/** Threads that load images: the cores that the engine leaves, at most 16. */
export function usualWorkers(cores: number, { busyThreads }: Pick<Engine, "busyThreads">): number {
  return Math.min(16, Math.max(0, cores - busyThreads));
}
