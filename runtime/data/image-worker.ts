// One of the threads of image-workers.ts.
import { parentPort, workerData } from "node:worker_threads";
import { createImageLoader } from "./image.js";
import type { Answer, Request, Settings } from "./image-workers.js";

// Boundary: image-workers.ts starts this file with these.
const { cacheBytes } = workerData as Settings;
const loader = createImageLoader(cacheBytes, 1);

parentPort?.on("message", ({ id, target, wanted }: Request) => {
  const answer = (made: boolean): void => parentPort?.postMessage({ id, made } satisfies Answer);
  loader.loadInto(target, wanted).then(
    () => answer(true),
    () => answer(false),
  );
});
