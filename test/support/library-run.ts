// A script that trains one stage through the built library.
import { fileURLToPath } from "node:url";

const root = new URL("../../", import.meta.url);

/** The import path of a built file. */
export const built = (file: string): string => JSON.stringify(new URL(`dist/${file}`, root).href);

export interface LibraryRun {
  readonly file: string;
  readonly stage: string;
  readonly out: string;
}

/** The script, an ES module. */
export function libraryRun({ file, stage, out }: LibraryRun): string {
  return `
    import { loadSpec, train } from ${built("runtime/index.js")};
    const spec = loadSpec(${JSON.stringify(file)});
    await train(spec, ${JSON.stringify({ stages: [stage], out, threads: 1, workers: 0 })}).result();
  `;
}

/** The script run on a worker thread. */
export function onThread(script: string): string {
  return `
    import { Worker } from "node:worker_threads";
    new Worker(new URL(${JSON.stringify(`data:text/javascript,${encodeURIComponent(script)}`)}));
  `;
}

export const projectRoot = fileURLToPath(root);
