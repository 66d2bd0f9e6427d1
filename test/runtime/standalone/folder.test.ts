// A folder that `vlmo build --emit torch --out` wrote, run by Python without Node, against `vlmo train --engine torch` on the same
// shards: the same losses to the bit, checkpoints that go on there and here, two processes that equal one.
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, readFileSync, readdirSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isLong } from "../../support/long.js";
import { hasTorch, python } from "../../support/torch.js";
import { inProcess } from "../cli/in-process.js";
import { tinySpec, workFolder } from "../cli/tiny.js";
import { headsSpec, packedBlocks } from "./heads.js";

const words = "head words: masked_tokens(pair.text)\n";
// Positions in the scores of attention are learnt: so vlmo's engine takes the operations that a folder has, not a kernel of the device.
const whole = tinySpec
  .replace("absolute(image, text)", "relative(span: 12)")
  .replace("contrast + match", "contrast + match + words")
  .replace("stage first", `${words}\nstage first`);
const onShards = whole.replace(/data world: .*/, 'import { world } from "./shards/data.vlmo"');

let folder = "";

/** Runs `vlmo` in the folder of the tests; what it says must be no error. */
async function vlmo(...args: readonly string[]): Promise<void> {
  const { exit, stderr } = await inProcess(args, folder);
  expect(stderr).not.toMatch(/error/);
  expect(exit).toBe(0);
}

/** Runs `train.py` of a folder where no program but Python is found. */
async function alone(...args: readonly string[]): Promise<void> {
  await promisify(execFile)(python, ["-B", ...args], { cwd: folder, env: { PATH: "/nowhere" } });
}

const training = ["--engine", "torch", "--threads", "1", "--workers", "0"];
const trainHere = (file: string, ...args: readonly string[]) => vlmo("train", file, ...training, ...args);
const build = (file: string, out: string, ...args: readonly string[]) =>
  vlmo("build", file, "--emit", "torch", "--out", out, ...args);
const trainAlone = (program: string, run: string, ...args: readonly string[]) =>
  alone(`${program}/train.py`, "--data", "shards", "--threads", "1", "--out", run, ...args);

/** The losses and the norm of each step. */
function lossesOf(run: string): unknown[] {
  const lines = readFileSync(join(folder, run, "metrics.jsonl"), "utf8")
    .trim()
    .split("\n");
  const entries = lines.map((line) => JSON.parse(line) as Record<string, unknown>); // one object a line
  return entries
    .filter(({ kind }) => kind === "step")
    .map(({ stage, step, loss, gradient_norm: norm }) => ({ stage, step, loss, norm }));
}

/** The files of tensors of a stage's last checkpoint. */
function tensorsOf(run: string, stage: string): Buffer[] {
  const checkpoints = join(folder, run, "checkpoints");
  const last =
    readdirSync(checkpoints)
      .filter((name) => name.startsWith(stage))
      .sort()
      .at(-1) ?? "";
  return ["parameters", "optimizer"].map((name) => readFileSync(join(checkpoints, last, `${name}.safetensors`)));
}

function expectSameTensors(run: string, other: string, stage: string): void {
  tensorsOf(run, stage).forEach((tensors, i) =>
    expect(tensors.equals(tensorsOf(other, stage)[i] ?? Buffer.alloc(0))).toBe(true),
  );
}

beforeAll(async () => {
  if (!hasTorch) return;
  folder = await workFolder({ "whole.vlmo": whole, "packed.vlmo": onShards });
  await vlmo("data", "pack", "whole.vlmo", "world", "--stage", "first", "--items", "40", "--out", "shards");
}, 60_000);
afterAll(() => (folder === "" ? undefined : rm(folder, { recursive: true })));

describe.skipIf(!hasTorch)("a folder", { timeout: 300_000 }, () => {
  test("trains its stages to the losses and parameters of vlmo, to the bit", async () => {
    await build("packed.vlmo", "dir");
    await trainAlone("dir", "alone");
    await trainHere("packed.vlmo", "--out", "here");
    expect(lossesOf("alone")).toHaveLength(6);
    expect(lossesOf("alone")).toEqual(lossesOf("here"));
    for (const stage of ["first", "second"]) expectSameTensors("alone", "here", stage);
  });

  test.runIf(isLong)("never begins anew in a folder that holds a run", async () => {
    const failed = await trainAlone("dir", "alone").catch((error: unknown) => error);
    expect((failed as { stderr: string }).stderr).toMatch(/alone holds a run already/); // as execFile rejects
    expectSameTensors("alone", "here", "second");
  });

  test.runIf(isLong)("leaves to vlmo what it does not do: evaluations", async () => {
    await trainHere("packed.vlmo", "--out", "alone", "--resume");
    const { stdout, exit } = await inProcess(["eval", "packed.vlmo", "retrieval", "--checkpoint", "alone"], folder);
    expect(stdout).toContain("R@1");
    expect(exit).toBe(0);
    expect(readFileSync(join(folder, "alone/metrics.jsonl"), "utf8")).toContain('"kind":"evaluation"');
  });

  test.runIf(isLong)("goes on from vlmo's checkpoints, and vlmo from its", async () => {
    const six = ["--set", "steps=6"];
    await build("packed.vlmo", "short", "--stage", "first");
    await build("packed.vlmo", "more", "--stage", "first", ...six);
    await trainHere("packed.vlmo", "--stage", "first", ...six, "--out", "straight");
    await trainAlone("short", "there_and_here");
    await trainHere("packed.vlmo", "--stage", "first", ...six, "--out", "there_and_here", "--resume");
    await trainHere("packed.vlmo", "--stage", "first", "--out", "here_and_there");
    await trainAlone("more", "here_and_there", "--resume");
    for (const run of ["there_and_here", "here_and_there"]) {
      expect(lossesOf(run)).toEqual(lossesOf("straight"));
      expectSameTensors(run, "straight", "first");
    }
  });

  test.runIf(isLong)("is trained by two processes as by one", async () => {
    await build("packed.vlmo", "two", "--devices", "1,2");
    await alone(
      "-m",
      "torch.distributed.run",
      "--standalone",
      "--nproc-per-node",
      "2",
      "two/train.py",
      ...["--data", "shards"],
      ...["--threads", "1", "--out", "of_two"],
    );
    const [one, two] = [lossesOf("alone"), lossesOf("of_two")] as { loss: Record<string, number> }[][];
    expect(two).toHaveLength(6);
    two?.forEach(({ loss }, i) => {
      for (const [name, value] of Object.entries(loss)) {
        const expected = one?.[i]?.loss[name] ?? NaN;
        expect(Math.abs(value - expected) / Math.abs(expected), `${name}, step ${i + 1}`).toBeLessThan(1e-5);
      }
    });
  });

  test.runIf(isLong)("that is killed goes on to the same parameters", async () => {
    const long = ["--stage", "first", "--set", "steps=60"];
    await build("packed.vlmo", "long", ...long);
    await trainAlone("long", "undisturbed");
    const words = ["long/train.py", "--data", "shards", "--threads", "1", "--out", "killed", "--save-seconds", "0.05"];
    const child = spawn(python, ["-B", ...words], { cwd: folder, stdio: "ignore" });
    const log = join(folder, "killed/metrics.jsonl");
    while (!existsSync(log) || readFileSync(log, "utf8").split("\n").length < 15) await setTimeout(5);
    child.kill("SIGKILL");
    await once(child, "exit");
    await trainAlone("long", "killed", "--resume");
    expect(lossesOf("killed")).toEqual(lossesOf("undisturbed"));
    expectSameTensors("killed", "undisturbed", "first");
    expect(readdirSync(join(folder, "killed/checkpoints"))).toEqual(["first-0000060"]);
  });

  test.runIf(isLong)("trains every head, optimizer, augmentation and kind of data to the losses of vlmo", async () => {
    await writeFile(join(folder, "heads.vlmo"), headsSpec(""));
    const blocks = await packedBlocks(folder, (name) =>
      vlmo("data", "pack", "heads.vlmo", name, "--stage", "of_patches", "--out", `heads/${name}`),
    );
    await writeFile(join(folder, "packed_heads.vlmo"), headsSpec(blocks));
    await build("packed_heads.vlmo", "dir_of_heads");
    await alone("dir_of_heads/train.py", "--data", "heads", "--threads", "1", "--out", "heads_alone");
    await trainHere("packed_heads.vlmo", "--out", "heads_here");
    expect(lossesOf("heads_alone")).toHaveLength(66);
    expect(lossesOf("heads_alone")).toEqual(lossesOf("heads_here"));
  });

  test.each<[string, (at: string) => readonly string[], RegExp]>([
    ["shards that are missing", () => ["--data", "nowhere"], /lack a file.*nowhere\/world\/shard-000000\.tar/],
    ["shards of another size", (at) => ["--data", at], /shard-000001\.tar has .* bytes, and had/],
    ["a stage that is not there", () => ["--data", "shards", "--stage", "third"], /has no stage `third`/],
  ])("says what is wrong about %s", async (_, args, words) => {
    cpSync(join(folder, "shards"), join(folder, "cut"), { recursive: true });
    await writeFile(join(folder, "cut/shard-000001.tar"), "cut");
    const failed = await alone("dir/train.py", "--out", "new", ...args("cut")).catch((error: unknown) => error);
    expect(String((failed as { stderr: string }).stderr)).toMatch(words); // as execFile rejects
    expect(existsSync(join(folder, "new/metrics.jsonl"))).toBe(false);
  });
});
