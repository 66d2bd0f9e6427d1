// Runs that are killed, stopped, fail on a full disk or a NaN loss, or are resumed with other data or vocabularies. Saved
// checkpoints are never lost, and a resumed run is byte-identical to an uninterrupted one.
import { mkdirSync, rmSync, symlinkSync, watch } from "node:fs";
import { copyFile, cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { stream } from "../../../runtime/random.js";
import { vlmo, type Outcome, type RunOptions } from "./command.js";
import { inProcess } from "./in-process.js";
import { tinySpec, workFolder } from "./tiny.js";

const everything = { recursive: true, withFileTypes: true } as const;

/** With noise, whose stream must resume, and a checkpoint every other step. */
const spec = tinySpec
  .replace("layers: 1", "layers: 2\n  drop_path: 20%")
  .replace("length: 12 }", "length: 12, dropout: 20% }")
  .replaceAll("schedule: constant", "schedule: cosine(warmup: 2 steps)\n  validate: every 2 steps")
  .replaceAll("lr: 1e-3", "lr: lr")
  .replace("param steps", "param lr: real = 1e-3\nparam steps");

const options = ["--set", "steps=12", "--threads", "1"];
let folder = "";

beforeAll(async () => {
  folder = await workFolder({ "run.vlmo": spec });
});
afterAll(() => rm(folder, { recursive: true }));

function train(out: string, more: readonly string[] = [], how: Omit<RunOptions, "cwd"> = {}): Promise<Outcome> {
  return vlmo(["train", "run.vlmo", "--out", out, ...options, ...more], { cwd: folder, ...how });
}

/** Runs that end by themselves stay in this process; image workers are started by the built program. */
const here = (words: readonly string[]) => inProcess([...words, "--workers", "0"], folder);

/** Every tensor file of a run, by its path in the run folder. */
async function tensorsOf(run: string): Promise<Map<string, Buffer>> {
  const path = join(folder, run, "checkpoints");
  const files = (await readdir(path, everything)).filter(({ name }) => name.endsWith(".safetensors"));
  const named = files.map(({ parentPath, name }) => join(parentPath, name)).sort();
  return new Map(
    await Promise.all(named.map(async (file) => [file.slice(path.length), await readFile(file)] as const)),
  );
}

async function leftoversOf(run: string): Promise<string[]> {
  return (await readdir(join(folder, run), everything))
    .map(({ name }) => name)
    .filter((name) => /\.(tmp|old)-/.test(name));
}

describe("a run that is killed repeatedly", () => {
  const seen: string[] = [];
  let outcome: Outcome;
  beforeAll(async () => {
    const random = stream(1, "kills");
    // The number of image workers changes nothing.
    const whole = await here(["train", "run.vlmo", "--out", "whole", ...options]);
    expect(whole.exit).toBe(0);
    mkdirSync(join(folder, "killed/checkpoints"), { recursive: true });
    for (let round = 0; round < 5; round++) {
      const inWriting = round % 2 === 0;
      const steps = 1 + random.integer(4);
      const delay = random.integer(40);
      let watcher: ReturnType<typeof watch> | undefined;
      let ready = false;
      const killed = await train("killed", ["--resume", "--json", "--workers", `${round % 3}`], {
        watch: (stdout, kill) => {
          if (ready || (stdout.match(/"kind":"step"/g)?.length ?? 0) < steps) return;
          ready = true;
          if (!inWriting) setTimeout(() => kill("SIGKILL"), delay);
          else
            watcher = watch(join(folder, "killed/checkpoints"), (_, name) => {
              if (name?.includes(".tmp-") === true) kill("SIGKILL");
            });
        },
      });
      watcher?.close();
      if (killed.exit === 0) break;
      const left = await leftoversOf("killed");
      expect(left.length).toBeLessThanOrEqual(2);
      seen.push(...left);
    }
    outcome = await here(["train", "run.vlmo", "--out", "killed", ...options, "--resume"]);
  });

  test("ends byte-identical to an uninterrupted run", async () => {
    expect(outcome.exit).toBe(0);
    const [whole, killed] = [await tensorsOf("whole"), await tensorsOf("killed")];
    expect([...killed.keys()]).toEqual([...whole.keys()]);
    expect(whole.size).toBe(4);
    for (const [name, bytes] of whole) expect(killed.get(name)?.equals(bytes), name).toBe(true);
  });

  test("keeps no leftovers of killed writes, though some existed", async () => {
    expect(seen.length).toBeGreaterThan(0);
    expect(await leftoversOf("killed")).toEqual([]);
  });

  test("has each step once and in order in its log", async () => {
    const stepsIn = async (run: string) =>
      (await readFile(join(folder, run, "metrics.jsonl"), "utf8"))
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line))
        .filter(({ kind }) => kind === "step")
        .map(({ stage, step, loss }) => ({ stage, step, loss }));
    expect(await stepsIn("killed")).toEqual(await stepsIn("whole"));
  });

  test("is refused if the vocabulary in a checkpoint was changed", async () => {
    const before = await tensorsOf("whole");
    const words = join(folder, "whole/checkpoints/second-0000012/vocabulary.txt");
    const kept = await readFile(words, "utf8");
    await writeFile(words, kept.replace("[SEP]", "[Sep]"));
    const refused = await here(["train", "run.vlmo", "--out", "whole", ...options, "--resume"]);
    expect(refused.stderr).toMatch(/error\[V988\].*second-0000012.*vocabulary\.txt/);
    expect(refused.exit).toBe(1);
    await writeFile(words, kept);
    expect(await tensorsOf("whole")).toEqual(before);
  });
});

test("a NaN loss ends the run, reports step, items and line, and keeps the last good checkpoint", async () => {
  await writeFile(join(folder, "wild.vlmo"), spec.replaceAll("every 2 steps", "every 1 steps"));
  const line = ["train", "wild.vlmo", "--stage", "first", "--out", "wild", ...options, "--set", "lr=1e30"];
  const { stderr, exit } = await here(line);
  // The learning rate is 0 at the first step and huge at the second, which makes the third's loss NaN.
  expect(stderr).toMatch(
    /^error\[V930\]: stage `first`: the loss of `contrast` is NaN at step 3; the batch held (shapes\(1\)\/train\/pairs\/\d+(, )?){4}\n {2}--> wild\.vlmo:30:10\n/m,
  );
  expect(stderr).toMatch(/30 \| {3}learn: contrast\n/);
  expect(stderr).toMatch(
    /= help: lower `lr`.*; the last finite parameters are in `wild\/checkpoints\/first-0000001`\n/,
  );
  expect(exit).toBe(1);
  expect(await readdir(join(folder, "wild/checkpoints"))).toEqual(["first-0000001"]);
});

test.skipIf(process.platform === "win32")("a full disk stops the run and keeps its checkpoints", async () => {
  const stopped = await train("full", ["--stage", "first", "--json"], {
    watch: (stdout, kill) => {
      if (stdout.includes('"kind":"saved"')) kill("SIGKILL");
    },
  });
  expect(stopped.exit).toBeNull();
  const before = await tensorsOf("full");
  const full = await train("full", ["--stage", "first", "--resume"], { fileLimit: 20 });
  expect(full.stderr).toMatch(/^error\[V923\]: cannot write `full\/checkpoints\/first-\d+`: the file would be larger/m);
  expect(full.exit).toBe(1);
  expect(await leftoversOf("full")).toEqual([]);
  expect(await tensorsOf("full")).toEqual(before);
  const { exit } = await here(["train", "run.vlmo", "--out", "full", ...options, "--stage", "first", "--resume"]);
  expect(exit).toBe(0);
  const [whole, resumed] = [await tensorsOf("whole"), await tensorsOf("full")];
  for (const [name, bytes] of resumed) expect(whole.get(name)?.equals(bytes), name).toBe(true);
});

test.skipIf(process.platform !== "linux")(
  "a log that cannot be written stops the run, which reports its last saved step",
  async () => {
    const log = join(folder, "log/metrics.jsonl");
    const line = ["train", "tiny.vlmo", "--out", "log", "--stage", "first", "--set", "steps=100_000", "--threads", "1"];
    let isFull = false;
    const watch = (stdout: string): void => {
      if (isFull || !stdout.includes('"kind":"step"')) return;
      isFull = true;
      rmSync(log);
      symlinkSync("/dev/full", log);
    };
    const { stdout, exit } = await vlmo([...line, "--json"], { cwd: folder, watch });
    const [, steps = ""] =
      /stopped after (\d+) of 100000 steps, which are saved: `--resume` continues/.exec(stdout) ?? [];
    expect(stdout).toMatch(/"code":"V923","message":"cannot write `log\/metrics.jsonl`: the disk is full"/);
    expect(await readdir(join(folder, "log/checkpoints"))).toEqual([`first-${steps.padStart(7, "0")}`]);
    expect(exit).toBe(1);
  },
);

describe("resuming with", () => {
  const records = ["a red disc", "a blue square", "two small stars", "a green ring", "a disc above a ring"];
  const onDisk = spec
    .replace("pairs { format: shapes, seed: 1, scenes: 64 }", 'pairs { format: jsonl, records: "data/records.jsonl" }')
    .replace("wordpiece(vocabulary: 120)", 'wordpiece(vocabulary: 12, file: "words.txt")');
  const words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "red", "blue", "disc", "square", "ring", "two"];
  const lines = (entries: readonly string[]) => entries.map((entry) => `${entry}\n`).join("");
  const recordLines = lines(records.map((text, i) => JSON.stringify({ image: `${i}.png`, text })));
  const arguments_ = ["train", "disk.vlmo", "--stage", "first", "--out", "disk", ...options, "--resume"];

  beforeAll(async () => {
    const { default: sharp } = await import("sharp");
    await mkdir(join(folder, "data"));
    await writeFile(join(folder, "disk.vlmo"), onDisk);
    await writeFile(join(folder, "words.txt"), lines(words));
    await writeFile(join(folder, "data/records.jsonl"), recordLines);
    for (const [i] of records.entries()) {
      const background = { r: 50 * i, g: 0, b: 0 };
      await sharp({ create: { width: 16, height: 16, channels: 3, background } })
        .png()
        .toFile(join(folder, `data/${i}.png`));
    }
    const { stderr, exit } = await here(arguments_);
    expect([stderr, exit]).toEqual(["", 0]);
  });

  const edits: readonly { readonly title: string; readonly edit: () => Promise<void>; readonly says: RegExp }[] = [
    {
      title: "changed records",
      edit: () => writeFile(join(folder, "data/records.jsonl"), recordLines.replace("ring", "star")),
      says: /^error\[V934\]: stage `first`: the data `world` are not what this run began with\n {2}--> disk\.vlmo:\d+/m,
    },
    {
      title: "another vocabulary",
      edit: () => writeFile(join(folder, "words.txt"), lines(words.with(6, "green"))),
      says: /^error\[V935\]: stage `first`: its vocabulary is not that of `disk\/checkpoints\/first-0000012`: token 6 was `red` and now is `green`\n {2}--> disk\.vlmo:\d+/m,
    },
  ];

  test("other line ends in the records is accepted", async () => {
    await writeFile(join(folder, "data/records.jsonl"), recordLines.replaceAll("\n", "\r\n"));
    const { stderr, exit } = await here(arguments_);
    await writeFile(join(folder, "data/records.jsonl"), recordLines);
    expect([stderr, exit]).toEqual(["", 0]);
  });

  test.each(edits)("$title is refused", async ({ edit, says }) => {
    await cp(join(folder, "data"), join(folder, "data.kept"), { recursive: true });
    await edit();
    const { stderr, exit } = await here(arguments_);
    expect(stderr).toMatch(says);
    expect(exit).toBe(1);
    await cp(join(folder, "data.kept"), join(folder, "data"), { recursive: true });
    await writeFile(join(folder, "words.txt"), lines(words));
    expect((await here(arguments_)).exit).toBe(0);
  });

  describe("an image that becomes unreadable during a run", () => {
    const line = (out: string) => ["train", "bad.vlmo", "--stage", "first", "--out", out, ...options, "--resume"];
    const skipping = onDisk.replace('"data/records.jsonl"', '"data/records.jsonl", on_error: skip');

    beforeAll(async () => {
      await writeFile(join(folder, "bad.vlmo"), onDisk);
      const { stdout } = await vlmo([...line("broken"), "--json"], {
        cwd: folder,
        watch: (written, kill) => {
          if (written.includes('"kind":"saved"')) kill("SIGKILL");
        },
      });
      expect(stdout).toContain('"kind":"saved"');
      await copyFile(join(folder, "data/2.png"), join(folder, "whole.png"));
      await writeFile(join(folder, "data/2.png"), "no image");
      const { stderr, exit } = await here(line("broken"));
      expect(stderr).toMatch(/^error\[V917\].*2\.png[^]*on_error: skip/m);
      expect(exit).toBe(1);
      await cp(join(folder, "broken"), join(folder, "mended"), { recursive: true });
    });
    afterAll(() => copyFile(join(folder, "whole.png"), join(folder, "data/2.png")));

    test("is left out and counted if the spec now has `on_error: skip`", async () => {
      await writeFile(join(folder, "bad.vlmo"), skipping);
      const { stdout, stderr, exit } = await here(line("broken"));
      expect([stderr, exit]).toEqual(["", 0]);
      expect(stdout).toMatch(/resuming from step \d+/);
      expect(stdout).toMatch(/1 item was left out \(on_error: skip\), such as\n {2}records\.jsonl:3: V917/);
    });

    test("is used once the file is repaired, which is reported", async () => {
      const { default: sharp } = await import("sharp");
      await writeFile(join(folder, "bad.vlmo"), onDisk);
      await sharp({ create: { width: 64, height: 64, channels: 3, background: "white" } })
        .png()
        .toFile(join(folder, "data/2.png"));
      const { stdout, stderr, exit } = await here(line("mended"));
      expect([stderr, exit]).toEqual(["", 0]);
      expect(stdout).toMatch(
        /files of the data `world` have changed since it was stopped; it continues with the files/,
      );
    });
  });

  describe("a stage of another length", () => {
    const longer = ["--set", "steps=15", "--threads", "1", "--resume"];
    const run = (file: string, out: string, more: readonly string[]) =>
      here(["train", file, "--stage", "first", "--out", out, ...more]);

    test("is accepted if the learning rates of the completed steps are unchanged", async () => {
      await writeFile(join(folder, "constant.vlmo"), spec.replaceAll("cosine(warmup", "constant(warmup"));
      await run("constant.vlmo", "grown", options);
      const grown = await run("constant.vlmo", "grown", longer);
      expect([grown.stderr, grown.exit]).toEqual(["", 0]);
      await run("constant.vlmo", "long", longer);
      const [wanted, got] = [await tensorsOf("long"), await tensorsOf("grown")];
      for (const [name, bytes] of wanted) expect(got.get(name)?.equals(bytes), name).toBe(true);
    });

    test("is refused with a remedy if they are not, or if another stage has been trained from it", async () => {
      const other = await run("run.vlmo", "whole", longer);
      expect(other.stderr).toMatch(/^error\[V931\].*it would have 15 steps instead of 12, with other learning rates/m);
      expect(other.stderr).toMatch(/`stage first_more extends first from first \{ steps: 3 \}`/);
      const shorter = await run("constant.vlmo", "grown", ["--set", "steps=5", "--threads", "1", "--resume"]);
      expect(shorter.stderr).toMatch(/^error\[V931\].*: it would end after 5 steps, and 15 are done$/m);
      expect(shorter.stderr).toMatch(/= help: give it its 15 steps again, or start a new run with another --out$/m);
      await cp(join(folder, "grown"), join(folder, "followed"), { recursive: true });
      const all = ["train", "constant.vlmo", "--out", "followed", "--threads", "1", "--resume"];
      expect((await here([...all, "--set", "steps=15"])).exit).toBe(0);
      const again = await here([...all, "--set", "steps=18"]);
      expect(again.stderr).toMatch(/^error\[V931\].*finished with 15 steps, and `second` has been trained from it/m);
    });

    test("lists the other changes", async () => {
      const { stderr } = await run("run.vlmo", "whole", [...options, "--resume", "--set", "lr=2e-3"]);
      expect(stderr).toMatch(
        /^error\[V931\].*this run began: `optimizer\.lr` 1e-3 → 0\.002; it would have 12 steps, with/m,
      );
      const key = await run("run.vlmo", "whole", [...options, "--resume", "--set", "first.optimizer.lr=2e-3"]);
      expect(key.stderr).toBe(stderr);
      const both = await run("run.vlmo", "whole", [...longer, "--set", "lr=2e-3"]);
      expect(both.stderr).toMatch(/`optimizer\.lr` 1e-3 → 0\.002; it would have 15 steps instead of 12/);
    });
  });

  test("another vocabulary is refused by eval too", async () => {
    await writeFile(join(folder, "words.txt"), lines(words.slice(0, -1)));
    const evaluated = onDisk.replace("using second", "using first");
    await writeFile(join(folder, "evaluated.vlmo"), evaluated);
    const line = ["eval", "evaluated.vlmo", "retrieval", "--checkpoint", "disk"];
    const refused = await inProcess(line, folder);
    expect(refused.stderr).toMatch(/^error\[V935\].*: it had 12 tokens and now has 11$/m);
    await writeFile(join(folder, "words.txt"), lines(words));
    expect((await inProcess(line, folder)).exit).toBe(0);
  });
});
