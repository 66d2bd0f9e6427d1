// Runs in a folder: which there are and what became of them, two beside each other, curves as a table, and removal of what
// is a run's and nothing else.
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { tableLines } from "../../../runtime/cli/table.js";
import { lockRun } from "../../../runtime/train/lock.js";
import { ownMark } from "../../../runtime/train/process-mark.js";
import { inProcess } from "../cli/in-process.js";
import { workFolder } from "../cli/tiny.js";

let root = "";
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "vlmo-runs-"));
});
afterAll(() => rm(root, { recursive: true }));

const at = (...path: readonly string[]): string => join(root, ...path);

interface Made {
  readonly lines?: readonly object[];
  readonly info?: object | string;
}

async function make(folder: string, { lines = [], info = {} }: Made): Promise<void> {
  await mkdir(at(folder, "checkpoints"), { recursive: true });
  await writeFile(at(folder, "metrics.jsonl"), lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  await writeFile(at(folder, "run.json"), typeof info === "string" ? info : JSON.stringify(info));
}

const start = (stage: string, steps: number) => ({ kind: "stage_start", stage, step: 0, steps });
const step = (stage: string, number: number) => ({
  kind: "step",
  stage,
  step: number,
  loss: { itc: 2 / number, total: 2 / number },
  lr: 1e-3,
  gradient_norm: stage === "pairs" ? 0.5 : null,
  seconds: 30 * number,
  items_per_second: 100,
  data_seconds: 0,
});
const end = (stage: string, number: number) => ({ kind: "stage_end", stage, step: number });
const evaluation = (stage: string, number: number, value: number) => ({
  kind: "evaluation",
  name: "retrieval",
  stage,
  step: number,
  metrics: [{ name: "recall@1 image→text", unit: "share", value, chance: 0.1, items: 10, noun: "images" }],
});
const best = (stage: string, number: number, value: number) => ({
  kind: "best",
  stage,
  step: number,
  by: "recall(1)",
  value,
});

const ago = (seconds: number): string => new Date(Date.now() - 1000 * seconds).toISOString();
const info = (more: object = {}) => ({
  spec: "specs/all.vlmo",
  engine: "ort 1.30.0 (2 threads)",
  vlmo: "0.1.0",
  stages: [{ name: "vision" }, { name: "pairs" }],
  started: ago(7300),
  ...more,
});
const vision = [start("vision", 2), step("vision", 1), step("vision", 2), end("vision", 2)];
const ending = (status: string, more: object = {}) => ({ ended: { status, at: ago(10), ...more } });

const runs: Readonly<Record<string, Made & { readonly state: string }>> = {
  best: {
    state: "finished",
    info: info({ ...ending("finished"), engine: "torch 2.1", precision: "bfloat16", started: ago(200_000) }),
    lines: [
      ...vision,
      start("pairs", 2),
      ...[step("pairs", 1), evaluation("pairs", 1, 0.5), best("pairs", 1, 0.5)],
      ...[step("pairs", 2), evaluation("pairs", 2, 0.25), end("pairs", 2)],
    ],
  },
  failed: {
    state: "failed",
    info: info(ending("failed", { error: { code: "V930", message: "the loss is NaN" } })),
    lines: [...vision, start("pairs", 4), step("pairs", 1)],
  },
  killed: { state: "killed", info: info({ ended: null }), lines: vision },
  stopped: { state: "stopped", info: info(ending("interrupted")), lines: vision },
  empty: { state: "empty", info: info() },
  "old and killed": { state: "killed", info: info(), lines: vision.slice(0, -1) },
  "old and stopped": { state: "stopped", info: info(), lines: vision },
  "old and finished": { state: "finished", info: info({ stages: [{ name: "vision" }] }), lines: vision },
};

describe("a list of runs", () => {
  test.each(Object.entries(runs))("tells a run that is %s", async (name, { state, ...made }) => {
    await make(join("one", name), made);
    const { stdout, exit } = await inProcess(["runs", at("one", name), "--json"]);
    expect(JSON.parse(stdout).runs).toMatchObject([{ folder: at("one", name), state }]);
    expect(exit).toBe(0);
  });

  test("is a table of 80 columns, with what does not fit below it, and one that cannot be read hides no other", async () => {
    for (const name of ["best", "failed", "stopped"]) await make(join("all", name), runs[name] ?? {});
    await make("all/deep/killed", runs["killed"] ?? {});
    await make("all/broken", { info: "{" });
    await make("all/alive", { info: info({ ended: null }), lines: vision });
    await writeFile(at("all/no-run"), "");
    await symlink(at("all"), at("all/round"));
    const lock = await lockRun(at("all/alive"));
    const { stdout, stderr, exit } = await inProcess(["runs", at("all")]);
    lock.release();
    const said = stdout.replace(/\d{4}-\d\d-\d\d \d\d:\d\d/, "DATE").replaceAll(at("all"), "ALL");
    expect(said.replace(String(process.pid), "PID")).toBe(
      [
        "run          spec  state     stage          result          engine     time  ago",
        "alive        all   training  1/2 vision                     ort        1:00  2 h",
        "best         all   finished  2/2 pairs      50.0% recall(…  torch bf…  2:00  2 d",
        "deep/killed  all   killed    1/2 vision                     ort        1:00  2 h",
        "failed       all   failed    2/2 25% pairs                  ort        1:30  2 h",
        "stopped      all   stopped   1/2 vision                     ort        1:00  2 h",
        "ALL/alive: process PID trains into it since DATE UTC",
        "ALL/failed: V930: the loss is NaN",
        "",
      ].join("\n"),
    );
    const broken = `\`${at("all/broken")}\` is not a run that can be used: its run.json is not as \`vlmo train\` writes it`;
    expect(stderr).toBe(`warning: ${broken}\n`);
    expect(exit).toBe(0);
  });

  test("says where the process trains that cannot be seen from here, and takes a dead one for none", async () => {
    const lock = { ...ownMark(), id: crypto.randomUUID(), since: "2026-01-02T03:04:05.678Z" };
    await make("far", runs["killed"] ?? {});
    await writeFile(at("far/run.lock"), JSON.stringify({ ...lock, host: "elsewhere", process: 7 }));
    expect((await inProcess(["runs", at("far")])).stdout).toContain(
      "far: process 7 on `elsewhere` trains into it since 2026-01-02 03:04 UTC",
    );
    await writeFile(at("far/run.lock"), JSON.stringify({ ...lock, boot: "another" }));
    expect((await inProcess(["runs", at("far")])).stdout).toContain(" killed ");
  });

  test("of a folder without runs, or of none, says so", async () => {
    await mkdir(at("bare"));
    expect(await inProcess(["runs", at("bare")])).toMatchObject({ exit: 0, stdout: `no runs in ${at("bare")}\n` });
    expect(await inProcess(["runs"], at("bare"))).toMatchObject({ exit: 0, stdout: "no runs in runs\n" });
    const { exit, stderr } = await inProcess(["runs", at("nowhere")]);
    expect([exit, stderr]).toEqual([
      1,
      expect.stringMatching(/^error\[V920\]: cannot read `.*nowhere`: it does not exist/),
    ]);
  });
});

test("a table cuts the columns that may be cut, those with most to spare first, and no others", () => {
  const columns = [{ head: "a", least: 2 }, { head: "b" }, { head: "c", least: 3 }];
  expect(tableLines(columns, [["123456", "1234", "1234567"]], 16)).toEqual(["a    b     c", "12…  1234  1234…"]);
  expect(tableLines(columns, [["123456", "1234", "1234567"]], 5)).toEqual(["a   b     c", "1…  1234  12…"]);
});

describe("real runs", () => {
  let folder = "";
  beforeAll(async () => {
    folder = await workFolder();
    const base = ["train", "tiny.vlmo", "--engine", "reference", "--threads", "1"];
    for (const [out, ...more] of [["a"], ["b", "--set", "second.batch=2", "--keep", "2"]])
      expect((await inProcess([...base, "--out", `runs/${out}`, ...more], folder)).exit).toBe(0);
  });
  afterAll(() => rm(folder, { recursive: true }));

  test("are compared in specification, options and results", async () => {
    const { stdout, exit } = await inProcess(["runs", "diff", "runs/a", "runs/b"], folder);
    expect(stdout.replaceAll(/\d+\.\d+%?/g, "N").replaceAll(/  +/g, "  ")).toMatch(
      /^runs\/a → runs\/b\n\nstage second\n  batch  4 → 2\n[^]*\noptions\n  a  b\n  set  –  second\.batch=2\n  keep  –  2\n\nresults\n  a  b  difference\n  retrieval: R@1 image→text  N at 3  N at 3  \+?-?N points\n[^]*\nstages\n  a  b\n  first  3 steps, N s, loss N  3 steps, N s, loss N\n  second  3 steps/,
    );
    expect(exit).toBe(0);
  });

  test("are compared for programs", async () => {
    const { stdout } = await inProcess(["runs", "diff", "runs/a", "runs/b", "--json"], folder);
    expect(JSON.parse(stdout)).toMatchObject({
      spec: { same: false },
      options: [
        { name: "set", before: null, after: "second.batch=2" },
        { name: "keep", before: null, after: "2" },
      ],
      stages: [{ stage: "first", before: { steps: 3 }, after: { steps: 3 } }, { stage: "second" }],
    });
  });

  test("are compared without specifications where one has no checkpoint left", async () => {
    await make("lost", runs["best"] ?? {});
    const { stdout } = await inProcess(["runs", "diff", "runs/a", at("lost")], folder);
    expect(stdout).toContain(`the specifications cannot be compared: ${at("lost")} has no checkpoint\n`);
    expect(stdout).toMatch(/\n  best of pairs: recall\(1\) +– +50\.0% at 1\n/);
  });

  test("give their curves as CSV, printed or written", async () => {
    const { stdout } = await inProcess(["runs", "csv", "runs/a"], folder);
    const [header = "", first = "", ...rest] = stdout.trimEnd().split("\n");
    expect(header).toBe(
      "stage,step,lr,gradient_norm,items_per_second,seconds,data_seconds,loss.contrast,loss.total,loss.match,retrieval: recall@1 image→text,retrieval: recall@1 text→image",
    );
    expect(first).toMatch(/^first,1,0\.001,,[\d.]+,[\d.]+,[\d.]+,([\d.]+),\1,,,$/);
    expect(rest.length).toBe(5);
    expect(rest.at(-1)).toMatch(/^second,3,0\.001,,.*,[\d.]+,[\d.]+$/);
    await inProcess(["runs", "csv", "runs/a", "--out", "a.csv"], folder);
    expect(await readFile(join(folder, "a.csv"), "utf8")).toBe(stdout);
  });

  test("say how they ended", async () => {
    const { ended, precision } = JSON.parse(await readFile(join(folder, "runs/a/run.json"), "utf8"));
    expect([ended.status, precision]).toEqual(["finished", "float32"]);
  });
});

test("a run that fails says why", async () => {
  const folder = await workFolder();
  const line = ["train", "tiny.vlmo", "--threads", "1", "--out", "run", "--set", "first.optimizer.lr=1e30"];
  await inProcess(line, folder);
  const { stdout } = await inProcess(["runs", "run"], folder);
  await rm(folder, { recursive: true });
  expect(stdout).toMatch(/ failed [^]*\nrun: V930: stage `first`: the loss of `contrast` is NaN at step \d/);
});

describe("removing a run", () => {
  let run = "";
  beforeEach(async () => {
    run = await mkdtemp(at("rm-"));
    await make(run.slice(root.length), runs["best"] ?? {});
    await mkdir(join(run, "checkpoints/pairs-0000002"));
    await writeFile(join(run, "checkpoints/pairs-0000002/parameters.safetensors"), "x".repeat(2048));
    await mkdir(join(run, "pictures"));
    await writeFile(join(run, "pictures/pairs-loss.svg"), "<svg/>");
  });
  const remove = (...args: string[]) => inProcess(["runs", "rm", ...args]);

  test("wants to be confirmed where nobody can be asked", async () => {
    const { exit, stderr } = await remove(run);
    expect([exit, stderr]).toEqual([2, expect.stringContaining("add --yes")]);
    expect(existsSync(join(run, "run.json"))).toBe(true);
  });

  test("removes all of it", async () => {
    const { stdout, exit } = await remove(run, "--yes");
    expect(stdout).toMatch(/^removed .*: 1 checkpoint, \d/);
    expect([exit, existsSync(run)]).toEqual([0, false]);
  });

  test("that is named twice removes it once", async () => {
    const { stdout, exit } = await remove(run, `${run}/`, "--yes");
    expect([stdout.match(/^removed /gm)?.length, exit]).toEqual([1, 0]);
  });

  test("wants paths", async () => {
    expect(await remove("", "--yes")).toMatchObject({ exit: 2, stderr: expect.stringContaining("should be a path") });
  });

  test("leaves what is not the run's, and what links lead to", async () => {
    await mkdir(at("elsewhere"));
    await writeFile(at("elsewhere/precious-0000001"), "");
    await writeFile(join(run, "notes.txt"), "");
    await writeFile(join(run, "checkpoints/mine.safetensors"), "");
    await symlink(at("elsewhere"), join(run, "checkpoints/vision-0000002"));
    await rm(join(run, "pictures"), { recursive: true });
    await symlink(at("elsewhere"), join(run, "pictures"));
    const { stdout, exit } = await remove(run, "--yes", "--json");
    expect(JSON.parse(stdout).removed[0].left.toSorted()).toEqual([
      "checkpoints/mine.safetensors",
      "notes.txt",
      `pictures/ (a link to ${at("elsewhere")})`,
    ]);
    expect((await readdir(run)).toSorted()).toEqual(["checkpoints", "notes.txt"]);
    expect(await readdir(at("elsewhere"))).toEqual(["precious-0000001"]);
    expect(exit).toBe(0);
    await rm(at("elsewhere"), { recursive: true });
  });

  const refused: readonly { readonly title: string; readonly path: () => Promise<string>; readonly says: RegExp }[] = [
    { title: "a folder that is none", path: async () => root, says: /V968.*has no metrics\.jsonl/ },
    { title: "one that is not there", path: async () => at("nowhere"), says: /V968.*there is no such folder/ },
    {
      title: "a link to one",
      path: async () => {
        await symlink(run, `${run}-link`);
        return `${run}-link`;
      },
      says: /V968.*it is a link to `[^]*name the folder that it leads to/,
    },
    {
      title: "a link to one, with a slash",
      path: async () => {
        await symlink(run, `${run}-link`);
        return `${run}-link/`;
      },
      says: /V968.*it is a link to `/,
    },
    {
      title: "one of another program",
      path: async () => {
        await writeFile(join(run, "run.json"), "{}");
        return run;
      },
      says: /V968.*no run\.json says that vlmo has made it/,
    },
  ];
  test.each(refused)("refuses $title, and removes nothing", async ({ path, says }) => {
    const wrong = await path();
    const { exit, stderr } = await remove(run, wrong, "--yes");
    expect([exit, stderr]).toEqual([1, expect.stringMatching(says)]);
    expect(existsSync(join(run, "checkpoints/pairs-0000002"))).toBe(true);
  });

  test("refuses one that a process trains into", async () => {
    const lock = await lockRun(run);
    await make("other-run", runs["best"] ?? {});
    const { exit, stderr } = await remove(at("other-run"), run, "--yes");
    lock.release();
    expect(existsSync(at("other-run/run.json"))).toBe(true);
    expect([exit, stderr]).toEqual([
      1,
      expect.stringMatching(/V985.*trains into it since.*\n.*wait for it, or stop it/),
    ]);
    expect(existsSync(join(run, "metrics.jsonl"))).toBe(true);
  });
});
