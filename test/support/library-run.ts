// A script that trains one stage through the built library, as another program would.
import { fileURLToPath } from "node:url";

const root = new URL("../../", import.meta.url);
const built = (file: string): string => JSON.stringify(new URL(`dist/${file}`, root).href);

export interface LibraryRun {
  readonly file: string;
  readonly stage: string;
  readonly out: string;
  readonly workers?: number;
  /** What the listener does when the stage starts, as JavaScript. */
  readonly stageStart?: string;
  /** What is done with an error, as JavaScript. */
  readonly failed?: string;
}

/** The text of the script, an ES module. */
export function libraryRun({ file, stage, out, workers = 0, stageStart, failed }: LibraryRun): string {
  return `
    import { engines, train } from ${built("runtime/index.js")};
    import { loadSpec } from ${built("runtime/cli/load-spec.js")};
    const none = () => undefined;
    const [file, out] = [${JSON.stringify(file)}, ${JSON.stringify(out)}];
    const spec = loadSpec(file, [], { say: none, give: none });
    const engine = await engines.ort({ threads: 1, backend: null });
    const stageStart = ${stageStart ?? "none"};
    const listener = { preparing: none, noticed: none, stageStart, step: none, saved: none, evaluated: none, stageEnd: none };
    const stages = [spec.stages.get(${JSON.stringify(stage)})];
    const { signal } = new AbortController();
    const run = { spec, file, stages, engine, threads: 1, workers: ${workers}, out, resume: false, signal };
    await train({ ...run, listener, version: "test" }).catch(${failed ?? "(error) => { throw error; }"});
    engine.dispose();
  `;
}

/** The script run on a thread beside the main one. */
export function onThread(script: string): string {
  return `
    import { Worker } from "node:worker_threads";
    new Worker(new URL(${JSON.stringify(`data:text/javascript,${encodeURIComponent(script)}`)}));
  `;
}

export const projectRoot = fileURLToPath(root);
