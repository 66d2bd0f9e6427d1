// The choice of a checkpoint: every command on a trained model refuses a choice without effect, and lists a run's stages if
// the requested one is missing.
import { cp, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { checkpointOf } from "../../support/trained.js";
import { inProcess } from "./in-process.js";
import { workFolder } from "./tiny.js";

let folder = "";
let checkpoint = "";
/** A run with two saved stages. */
let run = "";
/** The same, of which nothing can be used any more. */
let broken = "";
beforeAll(async () => {
  folder = await workFolder();
  checkpoint = await checkpointOf(join(folder, "run/checkpoints"), "of_match");
  await checkpointOf(join(folder, "run/checkpoints"), "of_label");
  run = dirname(dirname(checkpoint));
  broken = join(folder, "broken");
  await damagedRun(broken, ["of_match", "of_label"]);
});

/** A run whose checkpoints, one of each stage, have no manifest that can be read. */
async function damagedRun(place: string, stages: readonly string[]): Promise<void> {
  for (const stage of stages) {
    const saved = join(place, "checkpoints", `${stage}-0000003`);
    await cp(checkpoint, saved, { recursive: true });
    await writeFile(join(saved, "manifest.json"), "{");
  }
}

afterAll(() => rm(folder, { recursive: true }));

const commands: readonly { readonly command: string; readonly args: readonly string[] }[] = [
  { command: "predict", args: ["a.png"] },
  { command: "embed", args: ["a.png", "--out", "a.npy"] },
  { command: "search", args: [".", "--text", "a"] },
  { command: "serve", args: ["--port", "0"] },
  { command: "export", args: ["--to", "torch", "--out", "out"] },
];

/** Of the remedies in `text`, the options that `command` lacks. */
async function foreignOptions(command: string, text: string): Promise<string[]> {
  const { stdout: help } = await inProcess(["help", command]);
  const named = text.match(/(?<=help: .*)--[a-z-]+/g) ?? [];
  return named.filter((option) => !help.includes(`${option} `));
}

describe.each(commands)("$command", ({ command, args }) => {
  const asked = (model: string, ...choice: string[]) => inProcess([command, model, ...args, ...choice], folder);

  test.each([
    { choice: ["--stage", "of_match"], what: "a stage" },
    { choice: ["--best"], what: "the best" },
    { choice: ["--stage", "of_match", "--best"], what: "a stage" },
  ])("refuses $choice if given a checkpoint", async ({ choice, what }) => {
    const { exit, stdout, stderr } = await asked(checkpoint, ...choice);
    expect([exit, stdout]).toEqual([1, ""]);
    expect(stderr).toContain(`is one checkpoint, of which ${what} cannot be chosen\n`);
  });

  test.each([[["--stage", "of_mach"]], [["--stage", "of_mach", "--best"]]])(
    "lists the stages of a run without the requested one, for %s",
    async (choice) => {
      const { exit, stderr } = await asked(run, ...choice);
      expect(exit).toBe(1);
      expect(stderr).toMatch(
        /^error\[V927\].*nothing of a stage `of_mach`, but of of_label, of_match\n.*did you mean `of_match`\?/,
      );
    },
  );

  test.each([[[]], [["--stage", "of_match"]], [["--stage", "of_match", "--best"]]])(
    "reports that no checkpoint of a run is usable, with a remedy that fits the command, for %j",
    async (choice) => {
      const { exit, stderr } = await asked(broken, ...choice);
      expect(exit).toBe(1);
      expect(stderr).toMatch(/^error\[V988\].*cannot be used: .*is not JSON.*\n.*help: bring that checkpoint back/);
      expect(await foreignOptions(command, stderr)).toEqual([]);
    },
  );

  test("reports that a stage of a run has no best checkpoint", async () => {
    const { exit, stderr } = await asked(run, "--stage", "of_label", "--best");
    expect(exit).toBe(1);
    expect(stderr).toMatch(/^error\[V970\].*no best checkpoint of stage `of_label`\n.*give the stage `validate/);
  });
});

test("eval refuses --best for a checkpoint, and lists the stages of a run without the block's", async () => {
  const asked = (...rest: string[]) => inProcess(["eval", "tiny.vlmo", "retrieval", "--checkpoint", ...rest], folder);
  expect((await asked(checkpoint, "--best")).stderr).toMatch(/^error\[V545\].*of which the best cannot be chosen/);
  expect((await asked(run)).stderr).toMatch(/^error\[V927\].*nothing of a stage `second`, but of of_label, of_match\n/);
});

test.each([
  { command: "eval", args: ["tiny.vlmo", "retrieval", "--checkpoint"], says: "name another checkpoint" },
  { command: "train", args: ["tiny.vlmo", "--resume", "--out"], says: "give another --out" },
])("$command says that nothing of a stage can be used, with a remedy that fits it", async ({ command, args, says }) => {
  await damagedRun(join(folder, "tiny"), ["second"]);
  const { exit, stderr } = await inProcess([command, ...args, "tiny"], folder);
  expect([exit, stderr]).toEqual([1, expect.stringMatching(/error\[V988\].*\n.*help: bring/)]);
  expect(stderr).toContain(says);
  expect(await foreignOptions(command, stderr)).toEqual([]);
});
