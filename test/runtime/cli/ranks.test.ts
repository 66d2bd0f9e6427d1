// Trainings over several processes by command line: options refused before any process starts, and runs stopped and resumed
// with another number of processes, on another engine, with the same losses.
import { execFileSync } from "node:child_process";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ownRank } from "../../../runtime/cli/ranks.js";
import { unshareable } from "../../../runtime/train/ranks.js";
import { isLong } from "../../support/long.js";
import { specIn, stageOf } from "../../support/specs.js";
import { freePort, hasTorch } from "../../support/torch.js";
import { vlmo } from "./command.js";
import { inProcess } from "./in-process.js";
import { tinySpec, workFolder } from "./tiny.js";

let folder = "";
beforeAll(async () => {
  // sgd: Adam would turn gradients that are only rounding errors into full steps.
  const larger = tinySpec.replaceAll("batch: 4", "batch: 32").replaceAll("adamw(lr: 1e-3)", "sgd(lr: 0.05)");
  folder = await workFolder({ "larger.vlmo": larger });
});
afterAll(() => rm(folder, { recursive: true }));

test.each([
  ["--devices 2", 2, "the engine `ort` trains in one process"],
  ["--engine torch --devices 2 --nnodes 2", 2, "several machines need a rendezvous endpoint"],
  ["--engine torch --rdzv-endpoint here:29500", 2, "no devices"],
  ["--engine torch --shard-optimizer", 2, "a single process has no others to share the optimizer state with"],
  ["--engine torch --devices 3", 1, "the `batch` of stage `first`, 4 samples, does not divide among 3 processes"],
])("train %s is refused with exit code %i", async (options, code, words) => {
  const { exit, stderr } = await inProcess(["train", "tiny.vlmo", ...options.split(" "), "--out", "refused"], folder);
  expect(stderr).toContain(words);
  expect(exit).toBe(code);
});

test("`on_error: skip` is refused with several processes, which cannot agree on the records left out", () => {
  const stage = stageOf(specIn(tinySpec), "first");
  const skipping = { ...stage, data: stage.data.map((data) => ({ ...data, onError: "skip" as const })) };
  expect(unshareable(skipping, 2).map(({ code }) => code)).toEqual(["V903"]);
  expect(unshareable(skipping, 1)).toEqual([]);
  expect(unshareable({ ...stage, batch: 8, micro: 2 }, 4).map(({ message }) => message)).toEqual([
    "the `micro` of stage `first`, 2 samples, does not divide among 4 processes",
  ]);
});

test("a process takes its rank from torchrun's environment", () => {
  expect(ownRank({})).toBeNull();
  expect(ownRank({ RANK: "0", WORLD_SIZE: "1" })).toBeNull();
  const started = { RANK: "3", WORLD_SIZE: "4", LOCAL_RANK: "1", LOCAL_WORLD_SIZE: "2" };
  expect(ownRank(started)).toEqual({ rank: 3, local: 1, besides: 2, again: false });
  expect(ownRank({ ...started, TORCHELASTIC_RESTART_COUNT: "1" })?.again).toBe(true);
});

const steps = 60;
const training = ["train", "larger.vlmo", "--stage", "first", "--set", `steps=${steps}`, "--threads", "1"];
const shared = [...training, "--engine", "torch", "--devices", "2", "--workers", "0", "--json"];

/** The losses of a run by step. */
async function lossesOf(run: string): Promise<number[]> {
  const lines = (await readFile(join(folder, run, "metrics.jsonl"), "utf8")).trim().split("\n");
  const entries = lines.map((line) => JSON.parse(line) as { kind: string; loss: { total: number } }); // written by the run
  return entries.filter(({ kind }) => kind === "step").map(({ loss }) => loss.total);
}

/** Calls a function once after the first step. */
function atFirstStep(act: (kill: (signal: NodeJS.Signals) => void) => void) {
  let done = false;
  return (stdout: string, kill: (signal: NodeJS.Signals) => void): void => {
    if (done || !stdout.includes('"kind":"step"')) return;
    done = true;
    act(kill);
  };
}

/** PIDs of the processes that train into a folder, ordered by rank. */
async function processesOf(run: string): Promise<number[]> {
  const lock = await readFile(join(folder, run, "run.lock"), "utf8");
  const first = Number(/\d+/.exec(lock)?.[0]);
  const lines = execFileSync("ps", ["-A", "-o", "pid=,ppid="], { encoding: "utf8" }).trim().split("\n");
  const all = lines.map((line) => line.trim().split(/\s+/).map(Number));
  const parent = all.find(([pid]) => pid === first)?.[1];
  return [first, ...all.flatMap(([pid = 0, of]) => (of === parent && pid !== first ? [pid] : []))];
}

/** Resumes in one process, and compares with an uninterrupted run. */
async function expectSameEnd(run: string, done?: number): Promise<void> {
  const before = await lossesOf(run);
  if (done === undefined) expect(before.length).toBeLessThan(steps);
  else expect(before).toHaveLength(done);
  for (const args of [
    [...training, "--out", run, "--resume"],
    [...training, "--out", `${run}-alone`],
  ])
    expect((await vlmo(args, { cwd: folder })).exit).toBe(0);
  const [after, alone] = [await lossesOf(run), await lossesOf(`${run}-alone`)];
  expect(alone.length).toBe(steps);
  alone.forEach((loss, step) => expect(Math.abs((after[step] ?? NaN) - loss), `step ${step}`).toBeLessThan(1e-5));
}

describe.runIf(hasTorch && process.platform !== "win32")("two processes", () => {
  test("save on a stop signal, and one process resumes with the same losses", async () => {
    const watch = atFirstStep((kill) => kill("SIGINT"));
    const { exit, stdout, stderr } = await vlmo([...shared, "--out", "stopped"], { cwd: folder, watch });
    expect(stderr).toContain("Finishing this step, then saving.");
    expect(exit).toBe(130);
    expect(stdout).toMatch(/"kind":"saved","stage":"first","step":[1-9]/);
    expect(stdout).toMatch(/--devices 2 .*--out stopped --resume/);
    await expectSameEnd("stopped");
  }, 120_000);

  test.runIf(isLong)(
    "resume a run of four with sharded optimizer state unsharded, and are resumed by one process of another engine",
    async () => {
      const stopped = (options: string, also: readonly string[] = []) =>
        vlmo([...training, ...options.split(" "), "--workers", "0", "--json", "--out", "parts", ...also], {
          cwd: folder,
          watch: atFirstStep((kill) => kill("SIGINT")),
        });
      const four = await stopped("--engine torch --devices 4 --shard-optimizer");
      expect(four.exit).toBe(130);
      expect(four.stdout).toMatch(/--devices 4 --shard-optimizer .*--out parts --resume/);
      expect((await stopped("--engine torch --devices 2", ["--resume"])).exit).toBe(130);
      await expectSameEnd("parts");
    },
    120_000,
  );

  test.runIf(isLong).each([
    { who: "the first", place: 0, options: [] },
    { who: "one that has a part of the optimizer's state", place: 1, options: ["--shard-optimizer"] },
  ])(
    "restart when $who is killed, and end with the parameters of an undisturbed run",
    async ({ place, options }) => {
      const run = `again-${place}`;
      let killed = false;
      const watch = (stdout: string): void => {
        if (killed || !stdout.includes('"kind":"saved"')) return;
        killed = true;
        void processesOf(run).then((all) => process.kill(all[place] ?? NaN, "SIGKILL"));
      };
      const validated = [...shared, "--set", "first.validate=every 20 steps", "--max-restarts", "1", ...options];
      const { exit, stderr } = await vlmo([...validated, "--out", run], { cwd: folder, watch });
      expect(stderr).toContain("A process ended; all of them have been restarted");
      expect(exit).toBe(0);
      expect((await vlmo([...validated, "--out", `${run}-whole`], { cwd: folder })).exit).toBe(0);
      for (const file of ["parameters", "optimizer"]) {
        const [again, whole] = await Promise.all(
          [run, `${run}-whole`].map((each) =>
            readFile(join(folder, each, "checkpoints", `first-00000${steps}`, `${file}.safetensors`)),
          ),
        );
        expect(again?.equals(whole ?? Buffer.of()), file).toBe(true);
      }
    },
    120_000,
  );

  test.runIf(isLong)(
    "of two machines meet at their endpoint, and train as one process does",
    async () => {
      const port = await freePort();
      const machine = ["--engine", "torch", "--devices", "1", "--nnodes", "2", "--rdzv-endpoint", `localhost:${port}`];
      const args = [...training, ...machine, "--workers", "0", "--out", "machines"];
      const ends = await Promise.all([1, 2].map(() => vlmo(args, { cwd: folder })));
      expect(ends.map(({ exit }) => exit)).toEqual([0, 0]);
      await expectSameEnd("machines", steps);
    },
    120_000,
  );

  test.runIf(isLong)(
    "end together with a message when one is killed, and can be resumed",
    async () => {
      const watch = atFirstStep(() => {
        void readFile(join(folder, "killed", "run.lock"), "utf8").then((lock) =>
          process.kill(Number(/\d+/.exec(lock)?.[0]), "SIGKILL"),
        );
      });
      const { exit, stderr } = await vlmo([...shared, "--out", "killed"], { cwd: folder, watch });
      expect(stderr).toContain("process 0 of the training ended: killed by SIGKILL");
      expect(exit).toBe(1);
      await expectSameEnd("killed");
    },
    120_000,
  );
});
