// Sweeps: combinations, results, and the command line with child processes.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { axisIn, drawnFrom, gridOf, type Axis } from "../../../runtime/sweep/space.js";
import { resultsOf } from "../../../runtime/sweep/outcome.js";
import { settingsText, trialsOf } from "../../../runtime/sweep/trials.js";
import { trainedText } from "../../../runtime/sweep/words.js";
import { tinySpec, workFolder } from "../cli/tiny.js";
import { root, vlmo } from "../cli/command.js";
import { inProcess } from "../cli/in-process.js";

describe("values of a setting", () => {
  it.each([
    ["lr=1e-4,3e-4", ["1e-4", "3e-4"]],
    ["stage.optimizer=adamw(lr: 1e-3, clip: 1), sgd(lr: 0.1)", ["adamw(lr: 1e-3, clip: 1)", "sgd(lr: 0.1)"]],
    ["data=[a, b],c", ["[a, b]", "c"]],
    ['name="a,b",c', ['"a,b"', "c"]],
    ["steps=10", ["10"]],
  ])("are separated by commas outside brackets: %s", (option, values) => {
    expect(axisIn(option)?.values).toEqual({ kind: "list", values });
  });

  it("are drawn from ranges", () => {
    expect(axisIn("s.lr=log(1e-5..1e-2)")).toEqual({
      name: "s.lr",
      values: { kind: "range", scale: "log", low: 1e-5, high: 1e-2 },
    });
    expect(axisIn("p=uniform(0..0.3)")?.values).toMatchObject({ scale: "uniform", high: 0.3 });
  });

  it.each(["lr", "=3", "lr=log(0..1)", "lr=uniform(2..1)", "lr=log(a..b)"])("are refused: %s", (option) => {
    expect(axisIn(option)).toBeNull();
  });
});

function axisOf(option: string): Axis {
  const axis = axisIn(option);
  if (axis === null) throw new Error(option);
  return axis;
}

const axes = ["a=1,2", "b=x,y,z"].map(axisOf);

describe("the combinations of a sweep", () => {
  it("are the Cartesian product of the values", () => {
    expect(gridOf(axes).map(settingsText)).toEqual(["a=1 b=x", "a=1 b=y", "a=1 b=z", "a=2 b=x", "a=2 b=y", "a=2 b=z"]);
    expect(gridOf([]).map(settingsText)).toEqual(["as it is"]);
  });

  it("are sampled without repetition, and a larger number extends a smaller one", () => {
    const few = drawnFrom(axes, 3, 1).map(settingsText);
    const more = drawnFrom(axes, 50, 1).map(settingsText);
    expect(more.slice(0, 3)).toEqual(few);
    expect([...more].sort()).toEqual(gridOf(axes).map(settingsText));
    expect(drawnFrom(axes, 3, 2).map(settingsText)).not.toEqual(few);
  });

  it("each have a folder whose name no value can escape", () => {
    const rows = gridOf(["p=../../up,/etc/x", `q=${"long".repeat(60)}1,${"long".repeat(60)}2`].map(axisOf));
    const trials = trialsOf(rows, { out: "out", fixed: ["f=1"], seeds: 2, seeding: (seed) => [`seed=${seed}`] });
    expect(new Set(trials.map(({ folder }) => folder)).size).toBe(8);
    for (const { folder } of trials) expect(folder).toMatch(/^out\/[\w.=+,-]{1,100}~[0-9a-f]{8}$/);
    expect(trials[0]?.set).toEqual(["f=1", "p=../../up", `q=${"long".repeat(60)}1`, "seed=0"]);
  });
});

it("a finished run counts as trained, also without evaluations", () => {
  const ended = { at: "2026-01-01T00:00:00Z" };
  const statuses = ["finished", "interrupted", "failed"] as const;
  const runs = statuses.map((status) => ({ run: { info: { ended: { ...ended, status } } } }));
  expect(trainedText({ outcomes: [...runs, { run: null }, { run: { info: { ended: null } } }] })).toBe("1 of 5");
});

describe("vlmo sweep", () => {
  it(
    "trains every combination, compares them, resumes, and leaves no unfinished run",
    { timeout: 120_000 },
    async () => {
      const { folder, spec } = await swept();
      const out = join(folder, "sweep");
      const sweep = ["sweep", spec, "--stage", "first", "--set", "first.optimizer.lr=1e-3,1e-2", "--out", out];
      const first = await vlmo([...sweep, "--seeds", "2", "--parallel", "2", "--json"]);
      expect(first.exit, first.stderr).toBe(0);
      const { groups, page } = JSON.parse(first.stdout) as { groups: { runs: { folder: string }[] }[]; page: string };
      expect(groups).toHaveLength(2);
      expect(groups.flatMap(({ runs }) => runs)).toHaveLength(4);
      expect(readFileSync(page, "utf8")).toContain("first.optimizer.lr=1e-3");

      const before = readdirSync(out).sort();

      const trials = groups.flatMap(({ runs }) => runs.map((run) => ({ ...run, settings: [], seed: null, set: [] })));
      const named = await resultsOf(trials, "recall");
      expect(named).toMatchObject({ metric: { name: "early: R@1 image→text" }, misnamed: null });
      const { metric, misnamed } = await resultsOf(trials, "recal@");
      expect(metric).not.toBeNull();
      expect(misnamed?.message).toMatch(
        /no metric `recal@`; measured are early: R@1 image→text, early: R@1 text→image/,
      );

      const misnamedFirst = await vlmo([...sweep, "--seeds", "9", "--best", "recal@"]);
      expect(misnamedFirst.stderr).toMatch(
        /no metric `recal@`; measured will be early: R@1 image→text, early: R@1 text/,
      );
      expect(misnamedFirst).toMatchObject({ exit: 1, stdout: "" });
      expect(readdirSync(out).sort()).toEqual(before);

      const again = await vlmo([...sweep, "--seeds", "1", "--set", "first.batch=2"]);
      expect(again).toMatchObject({ exit: 1, stderr: expect.stringContaining("failed") });
      const [log = ""] = before.filter((name) => name.endsWith(".log"));
      expect(readFileSync(join(out, log), "utf8")).toContain("V931");

      const more = await inProcess(["runs", out, "--json"]);
      expect(JSON.parse(more.stdout)).toMatchObject({ runs: Array(4).fill({ state: "finished" }) });
    },
  );

  it.skipIf(process.platform === "win32")(
    "stops its trainings if it is killed, after they have saved",
    { timeout: 60_000 },
    async () => {
      const { folder, spec } = await swept();
      const out = join(folder, "killed");
      const args = ["sweep", spec, "--stage", "first", "--set", "first.batch=2,4", "--out", out, "--parallel", "1"];
      const long = ["--set", "steps=100_000"];
      const sweep = spawn(process.execPath, [join(root, "dist/bundle/main.js"), ...args, ...long], { stdio: "ignore" });
      const log = join(out, "first.batch=2.log");
      await vi.waitUntil(() => existsSync(log) && readFileSync(log, "utf8").includes("step "), { timeout: 20_000 });
      sweep.kill("SIGKILL");
      await once(sweep, "exit");
      await vi.waitUntil(() => readFileSync(log, "utf8").includes("saved step"), { timeout: 20_000 });
      expect(existsSync(join(out, "first.batch=4"))).toBe(false);
      const state = async (): Promise<unknown> => JSON.parse((await inProcess(["runs", out, "--json"])).stdout);
      await vi.waitUntil(async () => JSON.stringify(await state()).includes('"stopped"'), { timeout: 10_000 });
    },
  );

  it.each([
    { options: ["--set", "first.optimizer.lr=1e-3,fast"], exit: 1, says: "there is no param `fast`" },
    { options: ["--set", "first.optimizer.lr=log(1e-4..1e-2)"], exit: 2, says: "say with --random" },
    { options: ["--set", "steps="], exit: 2, says: "steps has no value" },
    { options: ["--set", "steps=3,4,3"], exit: 2, says: "steps has the value 3 twice" },
    { options: ["--set", "steps"], exit: 2, says: "write name=value,value" },
    { options: ["--seeds", "2", "--draw-seed", "4"], exit: 2, says: "--draw-seed is of what --random draws" },
    { options: ["--seeds", "2", "--gpus", "0,1"], exit: 2, says: "the engine `ort` uses no CUDA device" },
  ])("refuses mistakes before any training: $says", async ({ options, exit, says }) => {
    const { folder, spec } = await swept();
    const out = join(folder, "sweep");
    expect(await inProcess(["sweep", spec, "--out", out, ...options])).toMatchObject({
      exit,
      stderr: expect.stringContaining(says),
    });
    expect(existsSync(out)).toBe(false);
  });
});

/** The tiny specification with an evaluation of its first stage. */
async function swept(): Promise<{ readonly folder: string; readonly spec: string }> {
  const measured = `${tinySpec}\nevaluate early on unseen using first { recall(1), batch: 8 }\n`;
  const folder = await workFolder({ "swept.vlmo": measured });
  return { folder, spec: join(folder, "swept.vlmo") };
}
