// A run that fails before its first step ends its threads with it. Runs what `npm test` has built: the threads do.
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { libraryRun, projectRoot } from "../../support/library-run.js";

test("a run that fails before its first step does not hang on its image threads", async () => {
  const folder = await mkdtemp(join(tmpdir(), "vlmo-run-"));
  try {
    const script = libraryRun({
      file: join(projectRoot, "specs/quickstart.vlmo"),
      stage: "vision",
      out: join(folder, "run"),
      workers: 1,
      stageStart: '() => { throw new Error("no room left"); }',
      failed: "({ message }) => console.log(message)",
    });
    const line = ["--input-type=module", "-e", script];
    const { stdout } = await promisify(execFile)(process.execPath, line, { timeout: 30_000 });
    expect(stdout).toBe("no room left\n");
  } finally {
    await rm(folder, { recursive: true });
  }
});
