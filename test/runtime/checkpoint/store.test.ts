// The checkpoints of a run: which are kept, which is the latest and which the best.
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { bestCheckpoint, createSaver, latestCheckpoint, listCheckpoints } from "../../../runtime/checkpoint/index.js";
import type { Saver } from "../../../runtime/checkpoint/store.js";
import { bestOf } from "../../../runtime/train/run-folder.js";
import { contentsOf } from "./contents.js";

const folder = mkdtempSync(join(tmpdir(), "vlmo-store-"));
afterAll(() => rmSync(folder, { recursive: true }));
let places = 0;
const newPlace = (): string => join(folder, String(places++));

const names = async (root: string) => (await listCheckpoints(root)).map(({ name }) => name);

/** Saved by one session, or by several that resume each other. */
const savers: readonly { readonly by: string; readonly saverOf: (root: string) => Saver }[] = [
  { by: "one run", saverOf: createSaver },
  {
    by: "a run that is resumed before each",
    saverOf: (root) => (contents, options) => createSaver(root)(contents, options),
  },
];

describe.each(savers)("the checkpoints of $by", ({ saverOf }) => {
  test("keep the last ones and the best one", async () => {
    const root = newPlace();
    const save = saverOf(root);
    const scores = [0.1, 0.9, 0.3, 0.9, 0.2, 0.4];
    for (const [i, score] of scores.entries()) await save(contentsOf({ step: 10 * i, score }), { keep: 2 });
    expect(await names(root)).toEqual(["fusion-0000010", "fusion-0000040", "fusion-0000050"]);
    expect((await bestCheckpoint(root))?.manifest.score).toBe(0.9);
    expect((await latestCheckpoint(root))?.manifest.step).toBe(50);
    expect(readdirSync(root)).toHaveLength(3);
  });

  test("are kept per stage", async () => {
    const root = newPlace();
    const save = saverOf(root);
    await save(contentsOf({ stage: "vision", step: 900 }), { keep: 1 });
    await save(contentsOf({ stage: "fusion", step: 1 }), { keep: 1 });
    await save(contentsOf({ stage: "fusion", step: 2 }), { keep: 1 });
    expect(await names(root)).toEqual(["vision-0000900", "fusion-0000002"]);
    expect((await latestCheckpoint(root, "vision"))?.manifest.step).toBe(900);
    expect((await latestCheckpoint(root))?.manifest.stage).toBe("fusion");
  });

  test("continue from an earlier step that the run went back to", async () => {
    const root = newPlace();
    const save = saverOf(root);
    for (const step of [1, 2, 3, 2]) await save(contentsOf({ step }), { keep: 2 });
    expect((await latestCheckpoint(root))?.manifest.step).toBe(2);
    expect(await names(root)).toEqual(["fusion-0000003", "fusion-0000002"]);
  });

  test("do not include one that was deleted", async () => {
    const root = newPlace();
    const save = saverOf(root);
    for (const step of [1, 2, 3]) await save(contentsOf({ step, score: step === 3 ? 1 : 0 }), { keep: 3 });
    rmSync(join(root, "fusion-0000003"), { recursive: true });
    await save(contentsOf({ step: 4 }), { keep: 3 });
    expect(await names(root)).toEqual(["fusion-0000001", "fusion-0000002", "fusion-0000004"]);
    expect((await bestCheckpoint(root))?.manifest.step).toBe(1);
  });
});

describe("the checkpoints of a run", () => {
  test("are none in an empty or missing folder; other files in it are left alone", async () => {
    const root = newPlace();
    expect(await latestCheckpoint(root)).toBeUndefined();
    mkdirSync(join(root, "pictures"), { recursive: true });
    writeFileSync(join(root, "notes.txt"), "x");
    await createSaver(root)(contentsOf({ step: 1 }), { keep: 1 });
    expect(await names(root)).toEqual(["fusion-0000001"]);
    expect(readdirSync(root).sort()).toEqual(["fusion-0000001", "notes.txt", "pictures"]);
  });
});

describe("a stage without a best checkpoint", () => {
  const saved = async (best: string, score: number | null): Promise<string> => {
    const root = newPlace();
    const { facts, ...contents } = contentsOf({ step: 2 });
    const spec = { ...facts.spec, meaning: { best } };
    const save = createSaver(join(root, "checkpoints"));
    await save({ ...contents, facts: { ...facts, spec } }, { keep: 1 });
    await save(contentsOf({ stage: "vision", step: 1, score }), { keep: 1 });
    return root;
  };

  test.each([
    { best: "recall(1)", score: 0.5, help: "its `best` has no value yet: train until a validation" },
    { best: "none", score: 0.5, help: "choose a stage that has one (vision)" },
    { best: "none", score: null, help: "give the stage `validate: every … steps` and `best: METRIC`" },
  ])("of `best: $best`, beside another with the score $score: $help", async ({ best, score, help }) => {
    const path = await saved(best, score);
    await expect(bestOf({ path, checkpoints: join(path, "checkpoints") }, "fusion")).rejects.toMatchObject({
      code: "V970",
      help: expect.stringContaining(help),
    });
  });
});
