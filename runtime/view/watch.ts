// Watches files for changes. The system reports them where it can; otherwise (network file systems, containers, too many
// watches) files are polled every second.
import { watch, type FSWatcher } from "node:fs";
import { stat } from "node:fs/promises";
import { dirname } from "node:path";

/** A stamp of files: it differs when one was changed, created or removed. */
export async function stampOf(paths: readonly string[]): Promise<string> {
  const stamps = await Promise.all(
    paths.map((path) =>
      stat(path).then(
        ({ mtimeMs, size, ino }) => `${mtimeMs} ${size} ${ino}`,
        () => "none",
      ),
    ),
  );
  return stamps.join("\n");
}

/** Watches until it is stopped. */
export interface Watcher {
  /** Replaces the watched paths. */
  watch(paths: readonly string[]): void;
  stop(): void;
}

/** Milliseconds before a change is handled: editors write in several steps. */
const rest = 40;
const poll = 1000;

/** A watcher that calls `woken` when something may have changed, debounced. */
export function createWatcher(woken: () => void): Watcher {
  const watched = new Map<string, FSWatcher | null>();
  const timer = setInterval(woken, poll);
  let resting: NodeJS.Timeout | null = null;
  const wake = (): void => {
    if (resting !== null) return;
    resting = setTimeout(() => {
      resting = null;
      woken();
    }, rest);
  };
  const leave = (folder: string): void => {
    watched.get(folder)?.close();
    watched.delete(folder);
  };
  return {
    watch: (paths) => {
      // A replaced file is a new inode; its folder stays.
      const folders = new Set(paths.flatMap((path) => [path, dirname(path)]));
      for (const folder of watched.keys()) if (!folders.has(folder)) leave(folder);
      for (const folder of folders) if (!watched.has(folder)) watched.set(folder, watcherOf(folder, wake));
    },
    stop: () => {
      clearInterval(timer);
      if (resting !== null) clearTimeout(resting);
      for (const folder of watched.keys()) leave(folder);
    },
  };
}

/** Null where the system does not watch it. */
function watcherOf(folder: string, wake: () => void): FSWatcher | null {
  try {
    const watcher = watch(folder, { persistent: false }, wake);
    watcher.on("error", () => watcher.close());
    return watcher;
  } catch {
    return null;
  }
}
