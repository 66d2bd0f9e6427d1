// The report of a run folder, from the lines of its log.
import { spawnSync } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { smoothed, thinned } from "../../../runtime/report/charts.js";
import { writeReport } from "../../../runtime/report/index.js";
import { readRun } from "../../../runtime/report/run.js";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "vlmo-report-"));
});
afterEach(() => rm(folder, { recursive: true }));

const step = (stage: string, number: number, seconds: number, loss: number) => ({
  kind: "step",
  stage,
  step: number,
  loss: { total: loss, itc: loss / 2, itm: loss / 2 },
  lr: 1e-3,
  seconds,
  items_per_second: 100,
});
const evaluation = (number: number, value: number) => ({
  kind: "evaluation",
  name: "retrieval",
  stage: "pairs",
  step: number,
  metrics: [
    { name: "recall@1 image→text", unit: "share", value, chance: 0.005, items: 200, noun: "images", candidates: 200 },
  ],
});

async function write(lines: readonly (object | string)[], info: object = {}): Promise<void> {
  const text = lines.map((line) => (typeof line === "string" ? line : JSON.stringify(line)));
  await writeFile(join(folder, "metrics.jsonl"), text.join("\n"));
  await writeFile(join(folder, "run.json"), JSON.stringify(info));
}

test("steps repeated by a resumed run count once, and times of both sessions are added", async () => {
  await write([step("pairs", 1, 2, 3), step("pairs", 2, 4, 2.5), step("pairs", 2, 1.5, 2.4), step("pairs", 3, 3, 2)]);
  const [stage] = (await readRun(folder)).stages;
  expect(stage?.steps.map(({ step: number, loss }) => [number, loss["total"]])).toEqual([
    [1, 3],
    [2, 2.4],
    [3, 2],
  ]);
  expect(stage?.seconds).toBe(7);
});

test("the engine's wait for data is shown beside the rate, without the first step", async () => {
  const waiting = (number: number, wait: number) => ({ ...step("pairs", number, 2 * number, 1), data_seconds: wait });
  await write([waiting(1, 1.5), waiting(2, 0.1), waiting(3, 0.2)]);
  const { page } = await writeReport(folder);
  expect(await readFile(page, "utf8")).toMatch(/data-head="Data wait">5\.0%</);
});

test("values too small for an axis are drawn as zero", async () => {
  await write([1, 2].map((number) => ({ ...step("pairs", number, number, 1e-30), lr: 1e-30 })));
  expect((await writeReport(folder)).pictures.length).toBe(3);
});

test("a stage's learning rate, gradient norm and throughput are plotted, and its best step is marked", async () => {
  const clipping = (number: number) => ({ ...step("pairs", number, number, 1), gradient_norm: 0.5 * number });
  const best = { kind: "best", stage: "pairs", step: 1, by: "recall(1)", value: 0.5 };
  await write([clipping(1), evaluation(1, 0.5), best, clipping(2), evaluation(2, 0.25)]);
  const { page, pictures } = await writeReport(folder);
  const texts = await Promise.all(pictures.map((path) => readFile(path, "utf8")));
  const marked = pictures.filter((_, i) => texts[i]?.includes(">best<")).map((path) => basename(path));
  expect(marked).toEqual(["pairs-loss.svg", "pairs-metrics.svg"]);
  expect(pictures.map((path) => basename(path)).slice(2)).toEqual([
    "pairs-lr.svg",
    "pairs-gradient-norm.svg",
    "pairs-rate.svg",
  ]);
  const text = await readFile(page, "utf8");
  expect(text).toContain("Best validation: pairs, recall(1) 50.0% at step 1.");
  expect(text).toContain("The dashed line marks the best validation of a stage.");
});

test("truncated texts are counted once per step and reported", async () => {
  const cutting = (number: number, cut: number) => ({ ...step("pairs", number, number, 1), texts_cut: cut });
  await write([cutting(1, 5), cutting(2, 7), cutting(2, 7), step("pairs", 3, 3, 1)]);
  const { page } = await writeReport(folder);
  expect(await readFile(page, "utf8")).toContain("Texts truncated to the model&#39;s length: 12 in pairs.");
});

test("a truncated last line and lines of unknown kinds are skipped, and complete ones among them counted", async () => {
  await write([step("pairs", 1, 1, 3), { kind: "weather", stage: "pairs" }, "null", '{"kind":"step","sta']);
  const { page, run } = await writeReport(folder);
  expect(run.stages.map(({ name, steps }) => [name, steps.length])).toEqual([["pairs", 1]]);
  expect(run.leftOut).toBe(2);
  expect(await readFile(page, "utf8")).toContain("2 lines of metrics.jsonl left out");
});

test("of many classes the report lists the worst, in ascending order", async () => {
  const parts = Array.from({ length: 40 }, (_, i) => ({ name: `class ${i}`, value: i / 40, items: 1000 }));
  const metric = { name: "label accuracy", unit: "share", value: 0.5, chance: 0.1, items: 40_000, parts };
  await write([step("pairs", 1, 1, 1), { ...evaluation(1, 0.1), metrics: [metric] }]);
  const { page } = await writeReport(folder);
  const html = await readFile(page, "utf8");
  const named = [...html.matchAll(/<td>(class \d+)<\/td>/g)].map(([, name]) => name);
  expect(named).toEqual(Array.from({ length: 30 }, (_, i) => `class ${i}`));
  expect(html).toContain("10 more are in metrics.jsonl.");
});

describe("an untrusted run folder", () => {
  const inner = () => join(folder, "runs/a/run");
  /** Every file below the outer folder, with its contents. */
  const everything = async (): Promise<Map<string, string>> => {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile() || entry.isSymbolicLink());
    const read = files.map(async ({ parentPath, name }) => {
      const path = join(parentPath, name);
      return [path.slice(folder.length + 1), await readFile(path, "utf8").catch(() => "")] as const;
    });
    return new Map(await Promise.all(read));
  };

  beforeEach(() => mkdir(inner(), { recursive: true }));

  test.each(["../../../up", "/tmp/up", "a/b", "..", "", "a\u0000b", "con.txt", "x".repeat(300)])(
    "cannot name a stage %j",
    async (name) => {
      const lines = [step(name, 1, 1, 3), step(name, 2, 2, 2), step("pairs", 1, 1, 1)];
      await writeFile(join(inner(), "metrics.jsonl"), lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
      const written = await writeReport(inner()).catch((error: unknown) => error);
      const names = [...(await everything()).keys()];
      expect(names.filter((path) => !path.startsWith("runs/a/run/"))).toEqual([]);
      if (name.startsWith("x")) expect(written).toMatchObject({ code: "V923" });
      else expect(written).toMatchObject({ run: { leftOut: 2, stages: [{ name: "pairs" }] } });
    },
  );

  test("has links that are not written through", async () => {
    await writeFile(join(folder, "kept"), "kept");
    await mkdir(join(folder, "other"));
    await writeFile(
      join(inner(), "metrics.jsonl"),
      [1, 2].map((n) => `${JSON.stringify(step("pairs", n, n, 3))}\n`).join(""),
    );
    await symlink(join(folder, "kept"), join(inner(), "report.html"));
    await mkdir(join(inner(), "pictures"));
    await symlink(join(folder, "kept"), join(inner(), "pictures/pairs-loss.svg"));
    await writeReport(inner());
    expect((await everything()).get("kept")).toBe("kept");
    await rm(join(inner(), "pictures"), { recursive: true });
    await symlink(join(folder, "other"), join(inner(), "pictures"));
    await expect(writeReport(inner())).rejects.toMatchObject({ code: "V923" });
    expect(await readdir(join(folder, "other"))).toEqual([]);
  });

  test("shows no file outside it, by path or link, and does not block on pipes", async () => {
    await writeFile(join(folder, "secret.png"), "secret");
    await symlink(join(folder, "secret.png"), join(inner(), "link.png"));
    spawnSync("mkfifo", [join(inner(), "pipe.png")]);
    const shown = ["link.png", "../../../secret.png", join(folder, "secret.png"), "pipe.png", "x.constructor"];
    const samples = [{ form: "answer", pictures: shown, said: "a", truth: "a", sure: 1 }];
    const line = { kind: "samples", name: "e", stage: "pairs", samples };
    await writeFile(join(inner(), "metrics.jsonl"), `${JSON.stringify(line)}\n`);
    const { page } = await writeReport(inner());
    expect(await readFile(page, "utf8")).not.toMatch(/<img|c2VjcmV0/);
  });

  test.skipIf(process.platform === "win32").each(["metrics.jsonl", "run.json"])(
    "whose %s is a pipe is refused",
    async (name) => {
      if (name === "run.json") await writeFile(join(inner(), "metrics.jsonl"), "");
      spawnSync("mkfifo", [join(inner(), name)]);
      await expect(writeReport(inner())).rejects.toMatchObject({
        code: "V968",
        message: expect.stringContaining(`${name}\`: it is a pipe or a device`),
      });
    },
  );

  test("cannot inject markup or scripts into the page", async () => {
    const bad = "<script>\"'&</script><img src=x onerror=alert(1)>";
    const lines = [
      { ...step("pairs", 1, 1, 3), loss: { [bad]: 1, total: 2, __proto__: 3 } },
      { ...step("pairs", 2, 2, 2), loss: { [bad]: 2, total: 1 } },
      { ...evaluation(1, 0.1), name: bad, metrics: [{ name: bad, value: 0.5, noun: bad }] },
      { ...evaluation(2, 0.2), name: bad, metrics: [{ name: bad, value: 0.6, noun: bad }] },
      {
        kind: "samples",
        name: bad,
        stage: "pairs",
        samples: [{ form: "answer", pictures: [], text: bad, said: bad, truth: bad, sure: 1 }],
      },
    ];
    await writeFile(join(inner(), "metrics.jsonl"), lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
    const info = {
      spec: bad,
      engine: bad,
      vlmo: bad,
      started: bad,
      resume: bad,
      params: { [bad]: bad, b: { toString: 1 } },
    };
    await writeFile(join(inner(), "run.json"), JSON.stringify(info));
    const { page, pictures } = await writeReport(inner());
    for (const path of [page, ...pictures])
      expect(await readFile(path, "utf8")).not.toMatch(/<script|<img|onerror=alert\(1\)>/);
  });
});

test("the last evaluation is the result, and evaluations are plotted as a curve", async () => {
  await write([step("pairs", 1, 1, 3), evaluation(1, 0.1), step("pairs", 2, 2, 2), evaluation(2, 0.4)]);
  const { run, pictures, page } = await writeReport(folder);
  expect(run.evaluations.map(({ metrics }) => metrics[0]?.value)).toEqual([0.4]);
  expect(pictures.map((path) => path.slice(folder.length + 1))).toEqual([
    join("pictures", "pairs-loss.svg"),
    join("pictures", "pairs-metrics.svg"),
    join("pictures", "pairs-lr.svg"),
    join("pictures", "pairs-rate.svg"),
  ]);
  const text = await readFile(page, "utf8");
  for (const part of [
    "40.0%",
    "80 times chance",
    "chance 0.5%; 200 images, each among 200 texts",
    "95%: 33.5% – 46.9%",
  ])
    expect(text).toContain(part);
});

test("names from a spec cannot become markup", async () => {
  await write([step("pairs", 1, 1, 3), step("pairs", 2, 1, 3)], { spec: "<script>alert(1)</script>.vlmo" });
  expect(await readFile((await writeReport(folder)).page, "utf8")).not.toContain("<script>");
});

test("sample images are embedded into the page; none is read from outside the folder", async () => {
  await mkdir(join(folder, "run"));
  const outer = folder;
  await writeFile(join(outer, "secret.png"), "secret");
  folder = join(outer, "run");
  await writeFile(join(folder, "seen.png"), "seen");
  const ranked = [
    { picture: "seen.png", rank: 1, right: true },
    { picture: "../secret.png", rank: 2, right: false },
  ];
  const sample = { form: "ranked", pictures: [], text: "a red <disc>", ranked };
  await write([{ kind: "samples", name: "retrieval", stage: "pairs", samples: [sample] }]);
  const page = await readFile((await writeReport(folder)).page, "utf8");
  folder = outer;
  expect(page).toContain(`data:image/png;base64,${Buffer.from("seen").toString("base64")}`);
  expect(page).toContain("a red &lt;disc&gt;");
  expect(page).not.toContain(Buffer.from("secret").toString("base64"));
});

test("predicted words and answers are shown with their targets", async () => {
  const words = [
    { text: "a" },
    { text: "red", truth: "red" },
    { text: "disc", truth: "square" },
    { text: "s", joined: true },
  ];
  const samples = [
    { form: "words", pictures: [], words },
    { form: "answer", pictures: [], text: "it is red", said: "true", truth: "false", sure: 0.871 },
  ];
  await write([{ kind: "samples", name: "held out", stage: "pairs", samples }]);
  const page = (await readFile((await writeReport(folder)).page, "utf8")).replace(/\s+/g, " ");
  expect(page).toContain(' a <mark class="right">red</mark> <mark class="wrong"><s>disc</s></mark> <ins>square</ins>s');
  for (const part of ["it is red", "✗ true", "87.1% sure", "in truth false"]) expect(page).toContain(part);
});

test("the page is self-contained", async () => {
  await write([step("pairs", 1, 1, 3), step("pairs", 2, 2, 2), evaluation(2, 0.4)]);
  const page = await readFile((await writeReport(folder)).page, "utf8");
  expect(page).not.toMatch(/(?:src|href)=|@import|url\(http/);
});

test("no placeholder colour remains in a picture", async () => {
  await write([step("pairs", 1, 1, 3), step("pairs", 2, 2, 2)]);
  const { page, pictures } = await writeReport(folder);
  for (const path of [page, ...pictures]) expect(await readFile(path, "utf8")).not.toMatch(/#000[12]\d\d/);
});

test("a folder without a run is refused", async () => {
  await expect(writeReport(folder)).rejects.toMatchObject({ code: "V968" });
});

test("downsampling preserves means, smoothing preserves straight lines", () => {
  const line = Array.from({ length: 1000 }, (_, i) => [i, 2 * i] as const);
  expect(thinned(line, 10)[0]).toEqual([49.5, 99]);
  expect(thinned(line, 10)).toHaveLength(10);
  expect(smoothed(line)).toEqual(line);
});
