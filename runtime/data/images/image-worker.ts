// One of the worker threads of image-workers.ts.
import { parentPort, workerData } from "node:worker_threads";
import { VlmoError } from "../../errors/vlmo-error.js";
import { createImageLoader } from "./image.js";
import type { Answer, Outcome, Request, Settings } from "./image-workers.js";

// Boundary: image-workers.ts starts this file with these settings.
const { cacheBytes } = workerData as Settings;
const loader = createImageLoader(cacheBytes, 1);

parentPort?.on("message", ({ id, target, wanted }: Request) => {
  const answer = (outcome: Outcome): void => parentPort?.postMessage({ id, outcome } satisfies Answer);
  loader.loadInto(target, wanted).then(
    () => answer("made"),
    (error) => answer(error instanceof VlmoError ? mistakeOf(error) : "failed"),
  );
});

function mistakeOf({ code, message, file, line, help }: VlmoError): Outcome {
  return { code, message, about: { file, line, help } };
}
