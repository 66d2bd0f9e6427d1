// The lock of a run folder: one process holds it, also if several try at once; locks of dead processes are taken over;
// locks of processes that this machine cannot see are refused.
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { lockRun } from "../../../runtime/train/lock.js";
import { ownMark, stillRuns, type ProcessMark } from "../../../runtime/train/process-mark.js";
import { projectRoot } from "../../support/library-run.js";

let root = "";
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "vlmo-lock-"));
});
afterAll(() => rm(root, { recursive: true }));

const folder = (): Promise<string> => mkdtemp(join(root, "run-"));

/** The mark of an ended process. */
function deadMark(): ProcessMark {
  return { ...ownMark(), process: spawnSync(process.execPath, ["-e", ""]).pid };
}

async function leave(run: string, mark: object): Promise<string> {
  const id = crypto.randomUUID();
  await writeFile(join(run, "run.lock"), JSON.stringify({ ...mark, id, since: "2026-01-02T03:04:05.678Z" }));
  return id;
}

test("a lock held by a running process is refused with its PID and start time, and free after release", async () => {
  const run = await folder();
  const lock = await lockRun(run);
  await expect(lockRun(run)).rejects.toMatchObject({
    code: "V985",
    message: expect.stringMatching(
      new RegExp(
        `is in use: process ${process.pid} has been training into it since \\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d UTC$`,
      ),
    ),
  });
  lock.release();
  expect(await readdir(run)).toEqual([]);
  (await lockRun(run)).release();
});

const gone: readonly { readonly who: string; readonly mark: () => ProcessMark }[] = [
  { who: "a process that was killed", mark: deadMark },
  { who: "a process whose PID was reused", mark: () => ({ ...ownMark(), began: "1" }) },
  { who: "a machine that has been rebooted since", mark: () => ({ ...ownMark(), boot: "another" }) },
];

describe("a lock is taken over from", () => {
  test.each(gone)("$who", async ({ mark }) => {
    const run = await folder();
    await leave(run, mark());
    const lock = await lockRun(run);
    expect(JSON.parse(await readFile(join(run, "run.lock"), "utf8"))).toMatchObject({ process: process.pid });
    expect(await readdir(run)).toEqual(["run.lock"]);
    lock.release();
  });

  test("a process that was killed during a takeover", async () => {
    const run = await folder();
    const id = await leave(run, deadMark());
    const again = { ...deadMark(), id: crypto.randomUUID(), since: "2026-01-02T03:04:05.678Z" };
    await writeFile(join(run, `run.lock.${id}`), JSON.stringify(again));
    const lock = await lockRun(run);
    expect(await readdir(run)).toEqual(["run.lock"]);
    lock.release();
  });
});

const unseen: readonly { readonly where: string; readonly mark: () => ProcessMark }[] = [
  { where: "on another host", mark: () => ({ ...deadMark(), host: "elsewhere" }) },
  { where: "on another machine of the same name", mark: () => ({ ...deadMark(), machine: "another" }) },
  { where: "in another container", mark: () => ({ ...deadMark(), container: "another" }) },
];

test.each(unseen)(
  "a lock of a process $where is refused, with the remedy in case that process has ended",
  async ({ mark }) => {
    const run = await folder();
    await leave(run, mark());
    expect(stillRuns(mark())).toBeNull();
    await expect(lockRun(run)).rejects.toMatchObject({
      code: "V985",
      message: expect.stringMatching(/process \d+ on `.+` has been training into it since 2026-01-02 03:04:05 UTC$/),
      help: expect.stringContaining(`delete \`${join(run, "run.lock")}\``),
    });
  },
);

test.each(["", '{"process":'])("a lock file containing %j is refused with a remedy", async (text) => {
  const run = await folder();
  await writeFile(join(run, "run.lock"), text);
  await expect(lockRun(run)).rejects.toMatchObject({
    code: "V985",
    help: expect.stringContaining("delete `"),
  });
});

test("release leaves a lock alone that another process has put in its place", async () => {
  const run = await folder();
  const lock = await lockRun(run);
  await leave(run, ownMark());
  lock.release();
  expect(await readdir(run)).toEqual(["run.lock"]);
});

describe("several processes competing for a lock", () => {
  const script = `
    import { lockRun } from "./dist/runtime/train/lock.js";
    let lock;
    process.on("message", async ({ folder }) => {
      if (folder === null) return process.send(lock?.release() ?? "released");
      lock = await lockRun(folder).catch(({ code, message }) => void process.send(code ?? message));
      if (lock !== undefined) process.send("held");
    });
    process.send("ready");`;
  const processes: ChildProcess[] = [];
  beforeAll(async () => {
    const line = ["--input-type=module", "-e", script];
    const start = () =>
      spawn(process.execPath, line, { cwd: projectRoot, stdio: ["ignore", "inherit", "inherit", "ipc"] });
    processes.push(...Array.from({ length: 4 }, start));
    await Promise.all(processes.map((child) => once(child, "message")));
  });
  afterAll(() => processes.forEach((child) => child.disconnect()));

  /** The answer of each process; `null` makes them release. */
  const tell = (run: string | null): Promise<unknown[]> =>
    Promise.all(
      processes.map(async (child) => {
        const answered = once(child, "message");
        child.send({ folder: run });
        return (await answered)[0];
      }),
    );

  test.each([
    { from: "a free folder", mark: null },
    { from: "a process that was killed", mark: deadMark() },
  ])("exactly one of them acquires it from $from, in each of fifty rounds", async ({ mark }) => {
    for (let round = 0; round < 50; round++) {
      const run = await folder();
      if (mark !== null) await leave(run, mark);
      expect((await tell(run)).sort()).toEqual(["V985", "V985", "V985", "held"]);
      await tell(null);
      expect(await readdir(run)).toEqual([]);
    }
  });
});
