// A folder written by `vlmo build --emit torch --out`, run by Python without Node, against `vlmo train --engine torch` on the
// same shards: bit-identical losses, checkpoints that resume in both directions, two processes equal to one.
import { execFile, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, readFileSync, readdirSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isLong } from "../../support/long.js";
import { asOnCuda, cudaAttention, freePort, hasTorch, python } from "../../support/torch.js";
import { vlmo as started } from "../cli/command.js";
import { inProcess } from "../cli/in-process.js";
import { tinySpec, workFolder } from "../cli/tiny.js";
import { headsSpec, packedBlocks } from "./heads.js";
import { writePhotographs } from "./photographs.js";

const words = "head words: masked_tokens(pair.text)\n";
// Positions added to the embeddings, so that attention uses the CPU's kernel, forward and backward.
const whole = tinySpec
  .replace("contrast + match", "contrast + match + words")
  .replace("stage first", `${words}\nstage first`);
const onShards = whole.replace(/data world: .*/, 'import { world } from "./shards/data.vlmo"');

const hasPillow = spawnSync(python, ["-c", "import PIL"]).status === 0;

let folder = "";

/** Runs `vlmo` in the tests' folder; it must not fail. */
async function vlmo(...args: readonly string[]): Promise<void> {
  const { exit, stderr } = await inProcess(args, folder);
  expect(stderr).not.toMatch(/error/);
  expect(exit).toBe(0);
}

/** The output of a folder's `train.py` with nothing but Python, and the compiler for `--compile`, on the search path. */
async function alone(...args: readonly string[]): Promise<string> {
  const env = { PATH: args.includes("--compile") ? process.env["PATH"] : "/nowhere" };
  return (await promisify(execFile)(python, ["-B", ...args], { cwd: folder, env })).stdout;
}

const training = ["--engine", "torch", "--threads", "1", "--workers", "0"];
const trainHere = (file: string, ...args: readonly string[]) => vlmo("train", file, ...training, ...args);
const build = (file: string, out: string, ...args: readonly string[]) =>
  vlmo("build", file, "--emit", "torch", "--out", out, ...args);
const trainAlone = (program: string, run: string, ...args: readonly string[]) =>
  alone(`${program}/train.py`, "--data", "shards", "--threads", "1", "--out", run, ...args);

const togetherWords = (agent: readonly string[], program: string, run: string, processes = "2"): string[] => [
  ...["-B", "-m", "torch.distributed.run", ...agent, "--nproc-per-node", processes],
  ...[`${program}/train.py`, "--data", "shards", "--threads", "1", "--out", run],
];
const trainTogether = (agent: readonly string[], program: string, run: string, ...args: readonly string[]) =>
  alone(...togetherWords(agent, program, run), ...args);

/** Waits until a run has logged this many lines. */
async function stepsOf(run: string, lines: number): Promise<void> {
  const log = join(folder, run, "metrics.jsonl");
  while (!existsSync(log) || readFileSync(log, "utf8").split("\n").length < lines) await setTimeout(5);
}

/** A step's line of a log. */
interface Line {
  readonly kind: string;
  readonly stage: string;
  readonly step: number;
  readonly loss: Readonly<Record<string, number>>;
  readonly gradient_norm: number | null;
}

/** The losses and the gradient norm of each step. */
function lossesOf(run: string) {
  const lines = readFileSync(join(folder, run, "metrics.jsonl"), "utf8")
    .trim()
    .split("\n");
  const entries = lines.map((line) => JSON.parse(line) as Line); // written by train.py and vlmo
  return entries
    .filter(({ kind }) => kind === "step")
    .map(({ stage, step, loss, gradient_norm: norm }) => ({ stage, step, loss, norm }));
}

/** The tensor files of a stage's last checkpoint. */
function tensorsOf(run: string, stage: string): Buffer[] {
  const checkpoints = join(folder, run, "checkpoints");
  const last =
    readdirSync(checkpoints)
      .filter((name) => name.startsWith(stage))
      .sort()
      .at(-1) ?? "";
  return ["parameters", "optimizer"].map((name) => readFileSync(join(checkpoints, last, `${name}.safetensors`)));
}

/** The losses of all steps, relative to those of another run. */
function expectNear(run: string, other: string, within: number): void {
  const [losses, expected] = [lossesOf(run), lossesOf(other)];
  expect(losses.length).toBeGreaterThan(0);
  expect(losses).toHaveLength(expected.length);
  losses.forEach(({ loss }, i) => {
    for (const [name, value] of Object.entries(loss)) {
      const wanted = expected[i]?.loss[name] ?? NaN;
      expect(Math.abs(value - wanted) / Math.abs(wanted), `${name}, step ${i + 1}`).toBeLessThan(within);
    }
  });
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

describe.skipIf(!hasTorch)("a folder for Python", { timeout: 300_000 }, () => {
  test("trains its stages to the losses and parameters of vlmo, to the bit", async () => {
    await build("packed.vlmo", "dir");
    await trainAlone("dir", "alone");
    await trainHere("packed.vlmo", "--out", "here");
    expect(lossesOf("alone")).toHaveLength(6);
    expect(lossesOf("alone")).toEqual(lossesOf("here"));
    for (const stage of ["first", "second"]) expectSameTensors("alone", "here", stage);
  });

  test.runIf(isLong)("never starts over in a folder with a run", async () => {
    const failed = await trainAlone("dir", "alone").catch((error: unknown) => error);
    expect((failed as { stderr: string }).stderr).toMatch(/alone holds a run already/); // execFile's rejection
    expectSameTensors("alone", "here", "second");
  });

  test.runIf(isLong)("leaves evaluations to vlmo", async () => {
    await trainHere("packed.vlmo", "--out", "alone", "--resume");
    const { stdout, exit } = await inProcess(["eval", "packed.vlmo", "retrieval", "--checkpoint", "alone"], folder);
    expect(stdout).toContain("R@1");
    expect(exit).toBe(0);
    expect(readFileSync(join(folder, "alone/metrics.jsonl"), "utf8")).toContain('"kind":"evaluation"');
  });

  test.runIf(isLong)("resumes from vlmo's checkpoints, and vlmo from its own", async () => {
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

  test.runIf(isLong).each([
    { processes: 2, micro: 8, cached: false, parts: false },
    { processes: 2, micro: 4, cached: true, parts: false },
    { processes: 2, micro: 8, cached: false, parts: true },
    { processes: 2, micro: 4, cached: true, parts: true },
    { processes: 4, micro: 8, cached: false, parts: true },
    { processes: 4, micro: 4, cached: true, parts: true },
  ])(
    "trains on $processes processes as on one, and bit-identically to vlmo on as many, in micro-batches of $micro (cached: $cached, sharded state: $parts)",
    async ({ processes, micro, cached, parts }) => {
      const name = [processes, micro, cached, parts].join("-");
      const set = ["first", "second"].flatMap((stage) => [
        ...["--set", `${stage}.batch=8`, "--set", `${stage}.micro=${micro}`],
        ...["--set", `${stage}.cached=${cached}`, "--set", `${stage}.optimizer.clip=0.5`],
      ]);
      const share = parts ? ["--shard-optimizer"] : [];
      await build("packed.vlmo", name, "--devices", `1,${processes}`, ...share, ...set);
      await trainAlone(name, `${name}-alone`);
      await alone(...togetherWords(["--standalone"], name, `${name}-together`, String(processes)));
      expectNear(`${name}-together`, `${name}-alone`, 1e-5);
      const devices = ["--devices", String(processes), ...share];
      const here = ["train", "packed.vlmo", ...training, ...devices, ...set, "--out", `${name}-here`];
      expect((await started(here, { cwd: folder })).exit).toBe(0);
      expect(lossesOf(`${name}-together`)).toEqual(lossesOf(`${name}-here`));
      for (const stage of ["first", "second"]) expectSameTensors(`${name}-together`, `${name}-here`, stage);
    },
  );

  test.runIf(isLong)("resumes with any number of processes from sharded optimizer state", async () => {
    const set = ["--stage", "first", "--set", "first.batch=8", "--set", "first.optimizer.clip=0.5"];
    await build("packed.vlmo", "whole_of_9", "--devices", "1,2,4", "--shard-optimizer", ...set, "--set", "steps=9");
    await trainAlone("whole_of_9", "of_one");
    for (const [processes, steps] of [
      ["4", 3],
      ["2", 6],
    ] as const) {
      await build(
        "packed.vlmo",
        `of_${steps}`,
        "--devices",
        processes,
        "--shard-optimizer",
        ...set,
        "--set",
        `steps=${steps}`,
      );
      await alone(...togetherWords(["--standalone"], `of_${steps}`, "of_many", processes), "--resume");
    }
    await trainAlone("whole_of_9", "of_many", "--resume");
    expectNear("of_many", "of_one", 1e-5);
  });

  test.runIf(isLong)("resumes with the same parameters after two processes were stopped by a signal", async () => {
    const two = ["--devices", "2", "--shard-optimizer"];
    await build("packed.vlmo", "two_long", ...two, "--stage", "first", "--set", "steps=60");
    await trainTogether(["--standalone"], "two_long", "together");
    const child = spawn(python, togetherWords(["--standalone"], "two_long", "asked"), { cwd: folder, stdio: "ignore" });
    await stepsOf("asked", 15);
    child.kill("SIGTERM");
    await once(child, "exit");
    expect(lossesOf("asked").length).toBeLessThan(60);
    await trainTogether(["--standalone"], "two_long", "asked", "--resume");
    expect(lossesOf("asked")).toEqual(lossesOf("together"));
    expectSameTensors("asked", "together", "first");
  });

  test.runIf(isLong)("trains on two machines as on two processes of one", async () => {
    const endpoint = `127.0.0.1:${await freePort()}`;
    const agent = ["--nnodes", "2", "--rdzv-backend", "c10d", "--rdzv-endpoint", endpoint, "--rdzv-id", "1"];
    const each = togetherWords(agent, "two_long", "of_machines", "1");
    await Promise.all([0, 1].map(() => alone(...each)));
    expect(lossesOf("of_machines")).toEqual(lossesOf("together"));
  });

  test.runIf(isLong).each(["absolute(image, text)", "relative(span: 12)"])(
    "trains with a GPU's attention kernels bit-identically to vlmo: %s",
    async (positions) => {
      const name = positions.slice(0, 8);
      await writeFile(
        join(folder, `${name}.vlmo`),
        onShards.replace("absolute(image, text)", positions).replace("width: 8", "width: 16"),
      );
      await build(`${name}.vlmo`, name);
      expect(readdirSync(join(folder, name, "programs")).filter((file) => file.endsWith(".efficient.py"))).not.toEqual(
        [],
      );
      await alone(
        cudaAttention,
        "-B",
        `${name}/train.py`,
        "--data",
        "shards",
        "--threads",
        "1",
        "--out",
        `${name}_alone`,
      );
      await asOnCuda(() => trainHere(`${name}.vlmo`, "--out", `${name}_here`));
      expect(lossesOf(`${name}_alone`)).toEqual(lossesOf(`${name}_here`));
      for (const stage of ["first", "second"]) expectSameTensors(`${name}_alone`, `${name}_here`, stage);
    },
  );

  test.runIf(isLong)("trains in bfloat16 to the losses of vlmo", async () => {
    await build("packed.vlmo", "narrow", "--precision", "bfloat16");
    await trainAlone("narrow", "narrow_alone");
    await trainHere("packed.vlmo", "--precision", "bfloat16", "--out", "narrow_here");
    expect(lossesOf("narrow_alone")).toEqual(lossesOf("narrow_here"));
  });

  test.runIf(isLong && hasPillow)("trains on photographs as vlmo does, up to rounding by resizing", async () => {
    await writePhotographs(folder, 12);
    const files = 'data world: pairs { format: jsonl, records: "pictures/records.jsonl", images: "pictures" }';
    const cropped = whole.replaceAll("train: all", "train: all\n  augment: [resized_crop(50%..100%), flip]");
    await writeFile(join(folder, "photographs.vlmo"), cropped.replace(/data world: .*/, files));
    await vlmo("data", "pack", "photographs.vlmo", "world", "--out", "photographs");
    const shards = 'import { world } from "./photographs/data.vlmo"';
    await writeFile(join(folder, "of_photographs.vlmo"), cropped.replace(/data world: .*/, shards));
    await build("of_photographs.vlmo", "with_photographs");
    const words = ["--data", "photographs", "--threads", "1", "--out", "photographs_alone"];
    expect(await alone("with_photographs/train.py", ...words)).toContain("resized by Pillow");
    await trainHere("of_photographs.vlmo", "--out", "photographs_here");
    expectNear("photographs_alone", "photographs_here", 1e-3);
  });

  test.runIf(isLong)(
    "trains with --compile to the same losses up to rounding",
    async () => {
      await build("packed.vlmo", "to_compile", "--stage", "first", "--set", "steps=2");
      await trainAlone("to_compile", "compiled", "--compile");
      await trainAlone("to_compile", "not_compiled");
      expectNear("compiled", "not_compiled", 1e-5);
    },
    1_800_000,
  );

  test.runIf(isLong)("resumes with the same parameters after it was killed", async () => {
    const long = ["--stage", "first", "--set", "steps=60"];
    await build("packed.vlmo", "long", ...long);
    await trainAlone("long", "undisturbed");
    const words = ["long/train.py", "--data", "shards", "--threads", "1", "--out", "killed", "--save-seconds", "0.05"];
    const child = spawn(python, ["-B", ...words], { cwd: folder, stdio: "ignore" });
    await stepsOf("killed", 15);
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
    ["missing shards", () => ["--data", "nowhere"], /lack a file.*nowhere\/world\/shard-000000\.tar/],
    ["shards of another size", (at) => ["--data", at], /shard-000001\.tar has .* bytes, and had/],
    ["an unknown stage", () => ["--data", "shards", "--stage", "third"], /has no stage `third`/],
  ])("reports %s", async (_, args, words) => {
    cpSync(join(folder, "shards"), join(folder, "cut"), { recursive: true });
    await writeFile(join(folder, "cut/shard-000001.tar"), "cut");
    const failed = await alone("dir/train.py", "--out", "new", ...args("cut")).catch((error: unknown) => error);
    expect(String((failed as { stderr: string }).stderr)).toMatch(words); // execFile's rejection
    expect(existsSync(join(folder, "new/metrics.jsonl"))).toBe(false);
  });
});
