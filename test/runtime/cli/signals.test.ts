// Stop signals sent to real processes: a run that prepares data ends at once, one that trains saves first, and a second signal
// ends it immediately.
import { existsSync } from "node:fs";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { vlmo, type Outcome } from "./command.js";
import { tinySpec, workFolder } from "./tiny.js";

let folder = "";
beforeAll(async () => {
  folder = await workFolder({
    "slow.vlmo": tinySpec.replaceAll("batch: 4", "batch: 64"),
    "large.vlmo": tinySpec.replace("scenes: 64", "scenes: 60_000"),
  });
});
afterAll(() => rm(folder, { recursive: true }));

const requests = [
  { signal: "SIGINT", code: 130 },
  { signal: "SIGTERM", code: 143 },
  { signal: "SIGHUP", code: 129 },
  { signal: "SIGQUIT", code: 131 },
] as const;

const checkpoints = (run: string): Promise<string[]> => readdir(join(folder, run, "checkpoints"));

/** Trains, and calls a function once when a text has been printed. */
async function until(
  said: string,
  { args, act }: { args: readonly string[]; act: (kill: (signal: NodeJS.Signals) => void, deafen: () => void) => void },
): Promise<Outcome> {
  let done = false;
  return vlmo(["train", ...args, "--threads", "1", "--json"], {
    cwd: folder,
    watch: (stdout, kill, deafen) => {
      if (done || !stdout.includes(said)) return;
      done = true;
      act(kill, deafen);
    },
  });
}

describe.skipIf(process.platform === "win32")("a run", () => {
  test.each(requests)("ends at once with a message on $signal while data are prepared", async ({ signal, code }) => {
    const run = `early-${signal}`;
    let asked = 0;
    const act = (kill: (signal: NodeJS.Signals) => void): void => {
      asked = performance.now();
      kill(signal);
    };
    const { exit, stdout } = await until("preparing", { args: ["large.vlmo", "--out", run], act });
    // Preparing takes at least three seconds otherwise.
    expect(performance.now() - asked).toBeLessThan(1500);
    expect(exit).toBe(code);
    expect(JSON.parse(stdout.trim().split("\n").at(-1) ?? "")).toEqual({
      kind: "end",
      status: "interrupted",
      folder: run,
      resume: `vlmo train large.vlmo --threads 1 --out ${run} --resume`,
    });
    expect(existsSync(join(folder, run, "run.lock"))).toBe(false);
  });

  test.each(requests)("saves and ends on $signal between steps", async ({ signal, code }) => {
    const run = `steps-${signal}`;
    const args = ["tiny.vlmo", "--set", "steps=100000", "--out", run];
    const { exit, stdout } = await until('"kind":"step"', { args, act: (kill) => kill(signal) });
    expect(exit).toBe(code);
    expect(stdout).toMatch(/"kind":"saved","stage":"first","step":[1-9]/);
    expect((await checkpoints(run)).length).toBe(1);
    expect(existsSync(join(folder, run, "run.lock"))).toBe(false);
  });

  test("survives the end of the process that reads its output", async () => {
    const args = ["tiny.vlmo", "--set", "steps=100000", "--out", "deaf"];
    const act = (kill: (signal: NodeJS.Signals) => void, deafen: () => void): void => {
      deafen();
      setTimeout(() => kill("SIGINT"), 100);
    };
    const { exit } = await until('"kind":"step"', { args, act });
    expect(exit).toBe(130);
    expect((await checkpoints("deaf")).length).toBe(1);
  });

  test("does not stop because its output is not read", async () => {
    const args = ["tiny.vlmo", "--stage", "first", "--set", "steps=20", "--out", "unread"];
    const { exit } = await until('"kind":"step"', { args, act: (_, deafen) => deafen() });
    expect(exit).toBe(0);
    expect(await checkpoints("unread")).toEqual(["first-0000020"]);
  });

  test("ends without saving on a second signal", async () => {
    const args = ["slow.vlmo", "--engine", "reference", "--out", "twice"];
    const act = (kill: (signal: NodeJS.Signals) => void): void => {
      kill("SIGTERM");
      // Two simultaneous signals may be merged by the system.
      setTimeout(() => kill("SIGINT"), 5);
    };
    const { exit } = await until('"kind":"step"', { args, act });
    // If both arrived before the first was handled, their order is unknown.
    expect([130, 143]).toContain(exit);
    expect(await checkpoints("twice")).toEqual([]);
    expect(existsSync(join(folder, "twice/run.lock"))).toBe(false);
  });
});
