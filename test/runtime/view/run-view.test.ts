// Pages of runs in every state, from run folders.
import { appendFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { raw, treeOf } from "../../../view/index.js";
import { createRunReader } from "../../../runtime/report/run.js";
import { lockRun } from "../../../runtime/train/lock.js";
import { hashOf } from "../../../runtime/train/run-folder.js";
import { paceOf } from "../../../runtime/view/progress.js";
import { runView } from "../../../runtime/view/run-view.js";
import { specOf } from "../../support/specs.js";
import { info, make, runs, vision, type Made } from "../runs/made.js";

const folder = await mkdtemp(join(tmpdir(), "vlmo-run-view-"));
afterAll(() => rm(folder, { recursive: true }));

/** The visible text of a run's page. */
async function wordsOf(name: string, made: Made): Promise<string> {
  await make(join(folder, name), made);
  return shownAt(name);
}

async function shownAt(name: string): Promise<string> {
  const { parts } = await runView(join(folder, name), name, raw("")).show();
  const markup = (parts ?? []).map(({ text }) => text).join("");
  return markup.replace(/<[^>]+>/g, " ").replace(/\s+/g, " ");
}

it.each([
  { run: "best", says: /finished all its stages are done.*✓ vision finished 2 steps.*✓ pairs finished 2 steps.*best recall\(1\) 50\.0% at step 1/ },
  { run: "failed", says: /failed an error ended it: V930: the loss is NaN.*✓ vision finished.*✗ pairs failed 1 of 4 steps/ },
  { run: "killed", says: /killed it ended without an error message; --resume continues it.*✓ vision finished.*○ pairs waiting/ },
  { run: "stopped", says: /stopped by Ctrl-C; --resume continues it.*✓ vision finished.*○ pairs waiting/ },
  { run: "empty", says: /empty nothing was begun.*○ vision waiting ○ pairs waiting/ },
  { run: "old and killed", says: /killed.*✗ vision killed 2 of 2 steps.*○ pairs waiting/ },
  { run: "old and finished", says: /finished.*✓ vision finished/ },
])("shows a run that is $run", async ({ run, says }) => {
  expect(await wordsOf(run, runs[run] ?? {})).toMatch(says);
}); // prettier-ignore

const steps = (...numbers: readonly number[]) => numbers.map((number) => ({ kind: "step", stage: "pairs", step: number, loss: { total: 1 }, lr: 1, seconds: number / 2, items_per_second: 1 })); // prettier-ignore
const begun = { kind: "stage_start", stage: "pairs", step: 0, steps: 100 };

it("shows progress, rate and time left of a run in progress", async () => {
  const lines = [...vision, begun, ...steps(1, 2, 3, 4)];
  await make(join(folder, "trained"), { lines, info: info({ ended: null }) });
  const lock = await lockRun(join(folder, "trained"));
  const words = await shownAt("trained");
  lock.release();
  expect(words).toMatch(
    /pairs stage 2 of 2, step 4 of 100, 2 steps a second, 48 s left.*▶ pairs training 4 of 100 steps/,
  );
});

it("shows the stages of a run in the order of its specification", async () => {
  const spec = specOf("specs/quickstart.vlmo");
  const stages = [...spec.stages.values()].toReversed().map((stage) => ({ name: stage.name, hash: hashOf(stage) }));
  const order = async (asked: readonly object[]): Promise<string[]> => {
    const words = await wordsOf("tree", { info: info({ spec: "specs/quickstart.vlmo", stages: asked }) });
    return [...words.matchAll(/○ (\w+) waiting/g)].map(([, name = ""]) => name);
  };
  expect(await order(stages)).toEqual(treeOf(spec.stages).map(({ stage }) => stage.name));
  // The file may have changed since the run was started.
  const others = stages.map((stage) => ({ ...stage, hash: "another" }));
  expect(await order(others)).toEqual(stages.map(({ name }) => name));
});

it.each([
  { says: "is that of the last session", seconds: [90, 100, 1, 2, 3], pace: { stepsPerSecond: 1, left: 95 } },
  { says: "of a single step is unknown", seconds: [1], pace: null },
  { says: "with equal timestamps is unknown", seconds: [1, 1], pace: null },
])("the pace $says", async ({ seconds, pace }) => {
  const lines = [begun, ...seconds.map((each, i) => ({ ...steps(i + 1)[0], seconds: each }))];
  await make(join(folder, "pace"), { lines });
  const { stages } = await createRunReader(join(folder, "pace")).read();
  expect(stages.map(paceOf)).toEqual([pace]);
});

it("continues reading a log at its last position, and restarts for another log", async () => {
  const place = join(folder, "log");
  await make(place, { lines: [...vision, begun, ...steps(1)] });
  const reader = createRunReader(place);
  const stepsOf = async () => (await reader.read()).stages.map(({ steps: own }) => own.length);
  const [before] = (await reader.read()).stages;
  await appendFile(join(place, "metrics.jsonl"), `nonsense\n${JSON.stringify(steps(2)[0])}\n{"kind":"st`);
  expect(await stepsOf()).toEqual([2, 2]);
  const after = await reader.read();
  expect([after.stages[0] === before, after.leftOut]).toEqual([true, 1]);
  await appendFile(join(place, "metrics.jsonl"), `ep","stage":"pairs","step":3,"loss":{"total":1},"lr":1,"seconds":2,"items_per_second":1}`);
  expect(await stepsOf()).toEqual([2, 3]);
  await writeFile(join(place, "metrics.jsonl"), `${JSON.stringify(steps(1)[0])}\n`);
  expect(await stepsOf()).toEqual([1]);
}); // prettier-ignore
