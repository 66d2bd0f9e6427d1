// Checkpoints are saved before anything that can fail: data that become unreadable, evaluations at the end. Damaged
// checkpoints are skipped.
import { copyFile, cp, mkdir, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { stream } from "../../../runtime/random.js";
import { vlmo } from "./command.js";
import { inProcess } from "./in-process.js";
import { tinySpec, workFolder } from "./tiny.js";

const spec = tinySpec
  .replace("pairs { format: shapes, seed: 1, scenes: 64 }", 'pairs { format: jsonl, records: "seen/records.jsonl" }')
  .replace(
    /pairs \{ format: shapes, seed: 1, split: test.*\}/,
    'pairs { format: jsonl, records: "held/records.jsonl" }',
  )
  .replace("using second", "using first")
  .replaceAll("lr: 1e-3", "lr: 1e-3, clip: 1");
const options = ["--stage", "first", "--set", "steps=6", "--threads", "1", "--workers", "0", "--resume"];
let folder = "";
let whole: Awaited<ReturnType<typeof inProcess>>;

/** A folder with noise images, a caption each, and their records. */
async function writeData(name: string, count: number): Promise<void> {
  const random = stream(1, name);
  await mkdir(join(folder, name));
  const records = Array.from({ length: count }, (_, i) => ({ image: `${i}.png`, text: `${name} number ${i}` }));
  await writeFile(join(folder, name, "records.jsonl"), records.map((each) => `${JSON.stringify(each)}\n`).join(""));
  for (const { image } of records) {
    const pixels = Uint8Array.from({ length: 32 * 32 * 3 }, () => random.integer(256));
    await sharp(pixels, { raw: { width: 32, height: 32, channels: 3 } })
      .png()
      .toFile(join(folder, name, image));
  }
}

/** Keeps the size and the header, so that only decoding detects the damage. */
async function breakImage(file: string): Promise<void> {
  const bytes = await readFile(join(folder, file));
  await copyFile(join(folder, file), join(folder, `${file}.kept`));
  await writeFile(join(folder, file), bytes.fill(0, 200, bytes.length - 200));
}

const mend = (file: string): Promise<void> => copyFile(join(folder, `${file}.kept`), join(folder, file));
const run = (line: readonly string[]) => inProcess(line, folder);
const train = (out: string, file = "disk.vlmo") => run(["train", file, "--out", out, ...options]);
const parameters = (out: string, name = "first-0000006"): Promise<Buffer> =>
  readFile(join(folder, out, "checkpoints", name, "parameters.safetensors"));
const kindsIn = async (out: string): Promise<string[]> =>
  (await readFile(join(folder, out, "metrics.jsonl"), "utf8"))
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line).kind);

beforeAll(async () => {
  folder = await workFolder({
    "disk.vlmo": spec,
    "validated.vlmo": spec.replace("schedule: constant\n", "schedule: constant\n  validate: every 2 steps\n"),
  });
  await writeData("seen", 8);
  await writeData("held", 4);
  whole = await train("whole");
});
afterAll(() => rm(folder, { recursive: true }));

test("the undisturbed run succeeds", () => {
  expect([whole.stderr, whole.exit]).toEqual(["", 0]);
});

test("a failing evaluation at the end of a stage loses nothing, and --resume only evaluates", async () => {
  await breakImage("held/2.png");
  const broken = await train("ended");
  await mend("held/2.png");
  expect(broken.stderr).toMatch(/^error\[V917\].*2\.png/m);
  expect(broken.stderr).toMatch(
    /; stage `first` has done its 6 steps, which are saved: `--resume` continues from there$/m,
  );
  expect(broken.exit).toBe(1);
  expect(await parameters("ended")).toEqual(await parameters("whole"));
  const resumed = await train("ended");
  expect([resumed.stderr, resumed.exit]).toEqual(["", 0]);
  expect(resumed.stdout).toMatch(/resuming from step 6;[^]*step 6, retrieval: R@1/);
  const steps = (kinds: readonly string[]): number => kinds.filter((kind) => kind === "step").length;
  expect(steps(await kindsIn("ended"))).toBe(6);
  expect(await kindsIn("ended")).toContain("evaluation");
});

test("an image that becomes unreadable between steps loses no step, and resuming gives the undisturbed run", async () => {
  await breakImage("seen/3.png");
  const broken = await train("torn");
  await mend("seen/3.png");
  const [, done = ""] = /stage `first` stopped after (\d) of 6 steps, which are saved/.exec(broken.stderr) ?? [];
  expect(broken.stderr).toMatch(/^error\[V917\].*3\.png/m);
  expect(await readdir(join(folder, "torn/checkpoints"))).toEqual([`first-000000${done}`]);
  expect((await train("torn")).exit).toBe(0);
  expect(await parameters("torn")).toEqual(await parameters("whole"));
});

test("--resume repeats a failed validation", async () => {
  await breakImage("held/1.png");
  const broken = await train("checked", "validated.vlmo");
  await mend("held/1.png");
  expect(broken.stderr).toMatch(/stage `first` stopped after 2 of 6 steps, which are saved/);
  const resumed = await train("checked", "validated.vlmo");
  for (const step of [2, 4, 6]) expect(resumed.stdout).toContain(`step ${step}, retrieval: R@1`);
  expect(await parameters("checked")).toEqual(await parameters("whole"));
});

test("--resume repeats only the missing ones of several validations", async () => {
  const two = "evaluate early on world using first { recall(1) }\n\nevaluate retrieval on unseen";
  const validated = await readFile(join(folder, "validated.vlmo"), "utf8");
  await writeFile(join(folder, "two.vlmo"), validated.replace("evaluate retrieval on unseen", two));
  await breakImage("held/1.png");
  const broken = await train("two", "two.vlmo");
  await mend("held/1.png");
  expect(broken.stdout).toContain("step 2, early: R@1");
  const resumed = await train("two", "two.vlmo");
  expect(resumed.stdout).not.toContain("step 2, early");
  for (const what of ["step 2, retrieval", "step 4, early", "step 4, retrieval"])
    expect(resumed.stdout).toContain(what);
});

test("eval reports the overlap of its data with the training data, as training does", async () => {
  await writeFile(join(folder, "same.vlmo"), spec.replace("retrieval on unseen", "retrieval on world"));
  const line = ["eval", "same.vlmo", "retrieval", "--checkpoint", "whole"];
  expect((await run(line)).stdout).toMatch(/^retrieval \(first, on training data\): /);
  const { stdout } = await run([...line, "--json"]);
  expect(JSON.parse(stdout)).toMatchObject({ items: 8, seen: 8 });
});

describe("a damaged checkpoint of a run", () => {
  const long = ["--stage", "first", "--set", "steps=24", "--threads", "1", "--workers", "0", "--resume"];
  const harms = [
    { harm: "cut off", hurt: (file: string) => truncate(file, 1000) },
    {
      harm: "changed",
      hurt: async (file: string) => {
        const bytes = await readFile(file);
        await writeFile(file, bytes.fill(7, bytes.length - 100));
      },
    },
  ] as const;

  test.each(harms)("is skipped with a message if an older one is valid: $harm", async ({ harm, hurt }) => {
    await vlmo(["train", "validated.vlmo", "--out", harm, ...long, "--json"], {
      cwd: folder,
      watch: (written, kill) => {
        if ((written.match(/"kind":"saved"/g) ?? []).length > 2) kill("SIGKILL");
      },
    });
    const [older = "", newer = ""] = (await readdir(join(folder, harm, "checkpoints"))).sort();
    await hurt(join(folder, harm, "checkpoints", newer, "parameters.safetensors"));
    const passed = new RegExp(`skipped ${harm}/checkpoints/${newer}: .*parameters\\.safetensors`);
    const line = ["eval", "validated.vlmo", "retrieval", "--checkpoint", harm, "--json"];
    const evaluated = await run(line);
    expect(evaluated.stderr).toMatch(passed);
    expect(JSON.parse(evaluated.stdout).checkpoint).toBe(join(harm, "checkpoints", older));
    const resumed = await run(["train", "validated.vlmo", "--out", harm, ...long]);
    expect(resumed.exit).toBe(0);
    expect(resumed.stdout + resumed.stderr).toMatch(passed);
    expect(resumed.stdout).toContain(`resuming from step ${Number(older.slice(-7))};`);
  });

  test.each(harms)("is reported if its finished stage has no other: $harm", async ({ harm, hurt }) => {
    const out = `${harm} alone`;
    await cp(join(folder, "whole"), join(folder, out), { recursive: true });
    await hurt(join(folder, out, "checkpoints/first-0000006/parameters.safetensors"));
    for (const line of [
      ["train", "disk.vlmo", "--out", out, ...options],
      ["eval", "disk.vlmo", "retrieval", "--checkpoint", out],
    ]) {
      const { stderr, exit } = await run(line);
      expect(stderr).toMatch(/error\[V988\].*first-0000006` cannot be used: .*parameters\.safetensors/);
      expect(exit).toBe(1);
    }
  });
});
