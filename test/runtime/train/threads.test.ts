// A run that fails before its first step ends its workers. Uses the build made by `npm test`, as workers do.
import { execFile } from "node:child_process";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { built } from "../../support/library-run.js";
import { workFolder } from "../cli/tiny.js";

test("a run that fails before its first step does not hang on its image workers", async () => {
  const folder = await workFolder();
  try {
    const [file, out] = [join(folder, "tiny.vlmo"), join(folder, "run")];
    const script = `
      import { engines, loadSpec } from ${built("runtime/index.js")};
      import { train } from ${built("runtime/train/train.js")};
      import { silent } from ${built("runtime/train/listener.js")};
      const [file, out] = ${JSON.stringify([file, out])};
      const spec = loadSpec(file);
      const engine = await engines.ort({ threads: 1, backend: null });
      const stageStart = () => { throw new Error("no room left"); };
      const stages = [spec.stages.get("first")];
      const { signal } = new AbortController();
      const run = { spec, file, stages, engine, threads: 1, workers: 1, out, resume: false, signal };
      await train({ ...run, listener: { ...silent, stageStart }, version: "test" }).catch(({ message }) => console.log(message));
      engine.dispose();
    `;
    const line = ["--input-type=module", "-e", script];
    const { stdout } = await promisify(execFile)(process.execPath, line, { timeout: 30_000 });
    expect(stdout).toBe("no room left\n");
  } finally {
    await rm(folder, { recursive: true });
  }
});
