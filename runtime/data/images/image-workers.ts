// Images loaded and augmented on threads beside ours, so that neither the engine nor who feeds it waits for pixels. What
// they write is what this thread would have written.
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import type { Code } from "../../errors/codes.js";
import { hash32 } from "../../random.js";
import { VlmoError, type ErrorContext } from "../../errors/vlmo-error.js";
import { loadedWith } from "./cells.js";
import { CACHE_BYTES, createImageLoader, type ImageLoader, type PixelArray, type Wanted } from "./image.js";

/** An image that a thread is asked for; `target` is memory of both. */
export interface Request {
  readonly id: number;
  readonly target: PixelArray;
  readonly wanted: Wanted;
}

/** Whether it stands in the target, or what is wrong with it. A thread that failed otherwise has nothing to say. */
export interface Answer {
  readonly id: number;
  readonly outcome: Outcome;
}

/** The outcome of one image on a thread; `failed` makes this thread try it, whose error has the place. */
export type Outcome = "made" | "failed" | Mistake;

/** What a VlmoError says, as plain data. */
export interface Mistake {
  readonly code: Code;
  readonly message: string;
  readonly about: ErrorContext;
}

/** What a thread is started with. */
export interface Settings {
  readonly cacheBytes: number;
}

/** A loader over threads. */
export interface ImageThreads extends ImageLoader {
  /** Ends the threads; what is under way is made on this one. */
  close(): Promise<void>;
}

/**
 * A loader on `count` threads, which start at the first image; on this thread where `count` is 0. Targets lie in shared
 * memory. One image is always made by the same thread, which keeps it.
 */
export function openImages(count = 0, script = join(import.meta.dirname, "image-worker.js")): ImageThreads {
  // Makes what a thread failed to make.
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
  // A thread that ends before its time (for want of memory, say) gives its work back.
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
