// A run by command line: trained, stopped, resumed, evaluated, reported, executed.
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readSafetensors, writeSafetensors } from "../../../runtime/formats/safetensors.js";
import { float32, int32 } from "../../../runtime/tensor.js";
import { vlmo, type Outcome } from "./command.js";
import { inProcess } from "./in-process.js";
import { workFolder } from "./tiny.js";

let folder = "";
let trained: Outcome;
const train = ["train", "tiny.vlmo", "--out", "run", "--threads", "1"];
/** Commands that end by themselves run in this process. */
const here = (words: readonly string[]) => inProcess(words, folder);

beforeAll(async () => {
  folder = await workFolder();
  trained = await here(train);
});
afterAll(() => rm(folder, { recursive: true }));

test("a run prints its stages, losses, results and their paths", () => {
  expect(trained.stderr).toBe("");
  for (const part of [
    /Stage first: 3 steps of 4 items; training [\d,]+ of [\d,]+ parameters/,
    /second {2}step 3\/3 {2}loss \d\.\d+ \(contrast .*, match .*\) {2}\S+ items\/s/,
    /saved step 3 → run\/checkpoints\/second-0000003/,
    /retrieval \(second\): R@1 image→text .* of 8 images, each among 8 texts; chance 12\.5%/,
    /run\/report\.html/,
  ]) {
    expect(trained.stdout).toMatch(part);
  }
  expect(trained.exit).toBe(0);
});

test("the report has the evaluation and a curve for each stage", async () => {
  const page = await readFile(join(folder, "run/report.html"), "utf8");
  for (const part of ["R@1 image→text", "8 images, each among 8 texts", "<svg", "second <span>loss</span>"])
    expect(page).toContain(part);
  expect(page).not.toMatch(/(?:src|href)="(?!data:)/);
  expect(await readFile(join(folder, "run/pictures/first-loss.svg"), "utf8")).toMatch(/^<svg /);
});

test("a second run into the same folder is refused; --resume finds it finished", async () => {
  const again = await here(train);
  expect(again.stderr).toMatch(/error\[V932\]: `run` already holds a run[^]*--resume/);
  expect(again.exit).toBe(1);
});

test("--resume finds the run finished; with --json the last line has the evaluations", async () => {
  const { stdout, exit } = await here([...train, "--resume", "--json"]);
  const lines = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(lines.filter(({ kind }) => kind === "step")).toEqual([]);
  expect(lines.at(-1)).toMatchObject({ kind: "end", status: "finished", evaluations: [{ name: "retrieval" }] });
  expect(exit).toBe(0);
});

test("Ctrl-C saves and prints the command that resumes, which reaches the same parameters", async () => {
  const options = ["--stage", "first", "--set", "steps=40", "--threads", "1"];
  let sent = false;
  const stopped = await vlmo(["train", "tiny.vlmo", ...options, "--out", "stopped"], {
    cwd: folder,
    watch: (stdout, kill) => {
      if (!sent && stdout.includes("step 1/40")) kill("SIGINT");
      sent ||= stdout.includes("step 1/40");
    },
  });
  expect(stopped.stderr).toContain("Finishing this step, then saving");
  expect(stopped.stdout).toMatch(/stopped after \d+ of 40 steps/);
  expect(stopped.exit).toBe(130);
  const [, line = ""] = /Resume with:\n {2}vlmo (.*)\n/.exec(stopped.stdout) ?? [];
  const resumed = await vlmo(line.split(" "), { cwd: folder });
  expect(resumed.stdout).toMatch(/resuming from step \d+/);
  expect(resumed.exit).toBe(0);
  expect((await here(["train", "tiny.vlmo", ...options, "--out", "whole"])).exit).toBe(0);
  const parameters = (run: string) => readFile(join(folder, run, "checkpoints/first-0000040/parameters.safetensors"));
  expect((await parameters("stopped")).equals(await parameters("whole"))).toBe(true);
});

test("eval of the run gives the results of training", async () => {
  const { stdout, exit } = await here(["eval", "tiny.vlmo", "retrieval", "--checkpoint", "run", "--json"]);
  const metrics = await readFile(join(folder, "run/metrics.jsonl"), "utf8");
  const logged = metrics
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line))
    .find((line) => line.kind === "evaluation");
  expect(JSON.parse(stdout).metrics).toEqual(logged.metrics);
  expect(exit).toBe(0);
});

test("exec runs a program on the run's parameters, with equal results on each engine", async () => {
  const batch = new Map([
    [
      "image",
      float32(
        [2, 3, 16, 16],
        Float32Array.from({ length: 1536 }, (_, i) => Math.sin(i)),
      ),
    ],
    [
      "text_ids",
      int32(
        [2, 12],
        Int32Array.from({ length: 24 }, (_, i) => 5 + i),
      ),
    ],
    ["text_masks", int32([2, 12], new Int32Array(24).fill(1))],
    ["stray", float32([1])],
  ]);
  await writeSafetensors(join(folder, "in.safetensors"), batch);
  const checkpoint = "run/checkpoints/second-0000003";
  const losses: (number | undefined)[] = [];
  for (const engine of ["ort", "reference"]) {
    const files = ["--params", checkpoint, "--inputs", "in.safetensors", "--out", `${engine}.safetensors`];
    const args = ["exec", "tiny.vlmo", "--stage", "second", "--program", "forward", "--engine", engine, ...files];
    const { stdout, stderr, exit } = await here(args);
    expect(stderr).toBe("warning: of the inputs, the program does not read stray\n");
    expect(stdout).toMatch(/tensors → \w+\.safetensors {3}\(batch 2, /);
    expect(exit).toBe(0);
    losses.push((await readSafetensors(join(folder, `${engine}.safetensors`))).get("loss.total")?.data[0]);
  }
  expect(losses[0]).toBeCloseTo(losses[1] ?? Number.NaN, 5);
});

test("import accepts a file in our layout, and accounts for every key", async () => {
  const source = "run/checkpoints/second-0000003/parameters.safetensors";
  const base = ["import", source, "--spec", "tiny.vlmo", "--layout", "vlmo_ts"];
  const whole = await here([...base, "--stage", "second", "--out", "imported"]);
  expect(whole.stdout).toMatch(
    /✓ 46 parameters read from .* \(layout vlmo_ts\)\n {2}without a vocabulary: .*\ncheckpoint: imported/,
  );
  const refused = await here([...base, "--stage", "first", "--out", "other"]);
  expect(refused.stderr).toMatch(/error\[V926\][^]*`heads\.match\.fc\.bias`[^]*`heads\.match\.fc\.weight`/);
  expect(refused.exit).toBe(1);
  const allowed = [...base, "--stage", "first", "--out", "other", "--allow-unknown", "heads.match.*,nothing"];
  const { stdout, stderr, exit } = await here(allowed);
  expect(stdout).toContain("ignored: heads.match.* (2 tensors) (allowed to be left out)");
  expect(stderr).toContain("`nothing` was allowed, which was not needed");
  expect(exit).toBe(0);
});
