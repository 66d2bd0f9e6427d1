// Loads and augments images in worker threads, so that neither the engine nor batching waits for pixels. The results are those
// that this thread would compute.
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import type { Code } from "../../errors/codes.js";
import { hash32 } from "../../random.js";
import { VlmoError, type ErrorContext } from "../../errors/vlmo-error.js";
import { loadedWith } from "./cells.js";
import { CACHE_BYTES, createImageLoader, type ImageLoader, type PixelArray, type Wanted } from "./image.js";

/** An image requested from a thread; `target` is in shared memory. */
export interface Request {
  readonly id: number;
  readonly target: PixelArray;
  readonly wanted: Wanted;
}

/** The result of a request. */
export interface Answer {
  readonly id: number;
  readonly outcome: Outcome;
}

/** `made`: the image is in the target. `failed`: another error, or a dead thread; this thread tries it, for the stack trace. */
export type Outcome = "made" | "failed" | Mistake;

/** The fields of a VlmoError as plain data. */
export interface Mistake {
  readonly code: Code;
  readonly message: string;
  readonly about: ErrorContext;
}

/** The workerData of a thread. */
export interface Settings {
  readonly cacheBytes: number;
}

/** An image loader with threads. */
export interface ImageThreads extends ImageLoader {
  /** Ends the threads; pending images are loaded on this thread. */
  close(): Promise<void>;
}

/**
 * A loader with `count` threads, which start at the first image; 0: on this thread. Targets must be in shared memory. An image
 * is always loaded by the same thread, which caches it.
 */
export function openImages(count = 0, script = join(import.meta.dirname, "image-worker.js")): ImageThreads {
  // For images that a thread could not load.
  const local = createImageLoader(count === 0 ? CACHE_BYTES : 0);
  if (count === 0) return { ...local, close: async () => undefined };
  let threads: Thread[] = [];
  const threadFor = (key: string): Thread | undefined => {
    if (threads.length === 0) threads = Array.from({ length: count }, () => start(script, CACHE_BYTES / count));
    return threads[hash32(key) % count];
  };
  return {
    loadInto: async (target, wanted) => {
      const outcome = (await threadFor(loadedWith(wanted.source))?.make(target, wanted)) ?? "failed";
      if (outcome === "made") return;
      if (outcome === "failed") return local.loadInto(target, wanted);
      throw new VlmoError(outcome.code, outcome.message, outcome.about);
    },
    loadMask: local.loadMask,
    loadClasses: local.loadClasses,
    loadCodes: local.loadCodes,
    windowsOf: local.windowsOf,
    close: async () => {
      await Promise.all(threads.map(({ end }) => end()));
    },
  };
}

interface Thread {
  readonly make: (target: PixelArray, wanted: Wanted) => Promise<Outcome>;
  readonly end: () => Promise<unknown>;
}

function start(script: string, cacheBytes: number): Thread {
  const worker = new Worker(script, { workerData: { cacheBytes } satisfies Settings });
  const waiting = new Map<number, (outcome: Outcome) => void>();
  let asked = 0;
  let over = false;
  worker.on("message", ({ id, outcome }: Answer) => {
    waiting.get(id)?.(outcome);
    waiting.delete(id);
  });
  // A thread that dies (out of memory, say) returns its pending work.
  const giveBack = (): void => {
    over = true;
    waiting.forEach((resolve) => resolve("failed"));
    waiting.clear();
  };
  worker.on("error", giveBack).on("exit", giveBack);
  return {
    make: (target, wanted) =>
      new Promise((resolve) => {
        if (over) return resolve("failed");
        waiting.set(asked, resolve);
        worker.postMessage({ id: asked++, target, wanted } satisfies Request);
      }),
    end: () => worker.terminate(),
  };
}
