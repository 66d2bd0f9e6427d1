// Runs in a folder: their list with states, comparison of two, curves as CSV.
import { appendFile, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { tableLines } from "../../../runtime/cli/table.js";
import { lockRun } from "../../../runtime/train/lock.js";
import { ownMark } from "../../../runtime/train/process-mark.js";
import { inProcess } from "../cli/in-process.js";
import { workFolder } from "../cli/tiny.js";
import { info, make, runs, vision } from "./made.js";

let root = "";
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "vlmo-runs-"));
});
afterAll(() => rm(root, { recursive: true }));

const at = (...path: readonly string[]): string => join(root, ...path);

describe("a list of runs", () => {
  test.each(Object.entries(runs))("shows a run that is %s", async (name, { state, ...made }) => {
    await make(at("one", name), made);
    const { stdout, exit } = await inProcess(["runs", at("one", name), "--json"]);
    expect(JSON.parse(stdout).runs).toMatchObject([{ folder: at("one", name), state }]);
    expect(exit).toBe(0);
  });

  test("fits 80 columns, with overlong values below the table, and an unreadable run hides no other", async () => {
    for (const name of ["best", "failed", "stopped"]) await make(at("all", name), runs[name] ?? {});
    await make(at("all", "deep", "killed"), runs["killed"] ?? {});
    await make(at("all", "broken"), { info: "{" });
    await make(at("all", "alive"), { info: info({ ended: null }), lines: vision });
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
        "ALL/alive: process PID has been training into it since DATE UTC",
        "ALL/failed: V930: the loss is NaN",
        "",
      ].join("\n"),
    );
    const broken = `\`${at("all/broken")}\` is not a run that can be used: its run.json is not as \`vlmo train\` writes it`;
    expect(stderr).toBe(`warning: ${broken}\n`);
    expect(exit).toBe(0);
  });

  test.each([
    { command: "the list", args: ["runs", "torn"] },
    { command: "a comparison", args: ["runs", "diff", "torn", "torn"] },
    { command: "a table of steps", args: ["runs", "csv", "torn"] },
    { command: "the report", args: ["report", "torn"] },
  ])("$command counts unusable lines of a log", async ({ args }) => {
    await make(at("torn"), runs["killed"] ?? {});
    await appendFile(at("torn/metrics.jsonl"), '{"kind":"step","sta\nno line\n');
    const { stderr, exit } = await inProcess(args, root);
    expect(stderr).toContain(`warning: 2 lines of ${join("torn", "metrics.jsonl")} left out`);
    expect(exit).toBe(0);
  });

  test("shows the host of a process on another machine, and ignores a dead process", async () => {
    const lock = { ...ownMark(), id: crypto.randomUUID(), since: "2026-01-02T03:04:05.678Z" };
    await make(at("far"), runs["killed"] ?? {});
    await writeFile(at("far/run.lock"), JSON.stringify({ ...lock, host: "elsewhere", process: 7 }));
    expect((await inProcess(["runs", at("far")])).stdout).toContain(
      "far: process 7 on `elsewhere` has been training into it since 2026-01-02 03:04 UTC",
    );
    await writeFile(at("far/run.lock"), JSON.stringify({ ...lock, boot: "another" }));
    expect((await inProcess(["runs", at("far")])).stdout).toContain(" killed ");
  });

  test("reports a folder without runs, or a missing one", async () => {
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

test("a table shortens only the columns that may be shortened, the widest first", () => {
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

  test("are compared as JSON", async () => {
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

  test("are compared without specifications if one has no checkpoint left", async () => {
    await make(at("lost"), runs["best"] ?? {});
    const { stdout } = await inProcess(["runs", "diff", "runs/a", at("lost")], folder);
    expect(stdout).toContain(`the specifications cannot be compared: ${at("lost")} has no checkpoint\n`);
    expect(stdout).toMatch(/\n  best of pairs: recall\(1\) +– +50\.0% at 1\n/);
  });

  test("have their curves as CSV, printed or written", async () => {
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

  test("keep their final state despite later refused commands", async () => {
    const noted = async (): Promise<string> => readFile(join(folder, "runs/a/run.json"), "utf8");
    const before = await noted();
    expect(JSON.parse(before)).toMatchObject({ ended: { status: "finished" }, precision: "float32" });
    const again = ["train", "tiny.vlmo", "--engine", "reference", "--out", "runs/a", "--resume", "--set"];
    const { stderr } = await inProcess([...again, "second.batch=8"], folder);
    expect([stderr, await noted()]).toEqual([expect.stringContaining("error[V931]"), before]);
  });
});

test("a failed run shows its error", async () => {
  const folder = await workFolder();
  const line = ["train", "tiny.vlmo", "--threads", "1", "--out", "run", "--set", "first.optimizer.lr=1e30"];
  await inProcess(line, folder);
  const { stdout } = await inProcess(["runs", "run"], folder);
  await rm(folder, { recursive: true });
  expect(stdout).toMatch(/ failed [^]*\nrun: V930: stage `first`: the loss of `contrast` is NaN at step \d/);
});
