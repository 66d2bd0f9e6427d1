// A run that fails before its first step ends its threads with it. Runs what `npm test` has built: the threads do.
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../../../", import.meta.url));

const script = (folder: string): string => `
  import { train } from "./dist/runtime/index.js";
  import { engines } from "./dist/runtime/engines/index.js";
  import { loadSpec } from "./dist/runtime/cli/load-spec.js";
  const none = () => undefined;
  const [file, out] = ["specs/quickstart.vlmo", ${JSON.stringify(folder)}];
  const spec = loadSpec(file, [], { say: none, give: none });
  const engine = await engines.ort({ threads: 1, backend: null });
  const stageStart = () => { throw new Error("no room left"); };
  const listener = { preparing: none, noticed: none, stageStart, step: none, saved: none, evaluated: none, stageEnd: none };
  const { signal } = new AbortController();
  const run = { spec, file, stages: [spec.stages.get("vision")], engine, threads: 1, workers: 1, out, resume: false };
  await train({ ...run, signal, listener, version: "test" }).catch(({ message }) => console.log(message));
  engine.dispose();
`;

test("a run that fails before its first step does not hang on its image threads", async () => {
  const folder = await mkdtemp(join(tmpdir(), "vlmo-run-"));
  try {
    const line = ["--input-type=module", "-e", script(join(folder, "run"))];
    const { stdout } = await promisify(execFile)(process.execPath, line, { cwd: root, timeout: 30_000 });
    expect(stdout).toBe("no room left\n");
  } finally {
    await rm(folder, { recursive: true });
  }
});
