// `best`: early stopping, a stage that starts from the best checkpoint of another, evaluating the best; runs stopped and
// resumed at any step are the same.
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { checkSpec, type StageSpec } from "../../../compiler/index.js";
import { listCheckpoints, readCheckpoint } from "../../../runtime/checkpoint/index.js";
import { engines, type Engine } from "../../../runtime/engines/index.js";
import { readRun } from "../../../runtime/report/run.js";
import { valueText } from "../../../runtime/report/words.js";
import { bestAfter, hasWaited, type BestSoFar } from "../../../runtime/train/score.js";
import { silent } from "../../../runtime/train/listener.js";
import { train } from "../../../runtime/train/train.js";
import { specOf, stageOf } from "../../support/specs.js";
import { inProcess } from "../cli/in-process.js";
import { workFolder } from "../cli/tiny.js";

const text = `vlmo 1
model Tiny {
  layers: 1
  width: 8
  attention { heads: 2 }
  text { tokenizer: wordpiece(vocabulary: 120), length: 12 }
  experts { language: ffn(text, ratio: 2) on all }
}
data sentences: texts { format: shapes, items: 16 }
data unseen: texts { format: shapes, split: test, items: 16 }
head words: masked_tokens(text.tokens)
stage first {
  model: Tiny
  data: sentences
  learn: words
  batch: 4
  steps: 60
  validate: every 2 steps
  best: perplexity
  patience: 2
  optimizer: adamw(lr: 1e-1)
  schedule: constant
}
stage next from first at best { data: sentences, learn: words, batch: 4, steps: 1, optimizer: adamw(lr: 1e-9) }
evaluate made on unseen using first { perplexity }
`;

let folder = "";
let engine: Engine;
let whole: Trained;
beforeAll(async () => {
  folder = await workFolder({ "best.vlmo": text });
  engine = await engines.ort({ threads: 1, backend: null });
  whole = await trained("whole");
});
afterAll(async () => {
  engine.dispose();
  await rm(folder, { recursive: true, force: true });
});

const at = (name: string): string => join(folder, name);

type Trained = Awaited<ReturnType<typeof trained>>;

/** Trains the stages into a run, stopped after each of the given steps and resumed. */
async function trained(out: string, stops: readonly number[] = []) {
  const spec = specOf(at("best.vlmo"));
  const notices: string[] = [];
  for (const [i, until] of [...stops, Infinity].entries()) {
    const stop = new AbortController();
    const listener = {
      ...silent,
      noticed: (what: string) => void notices.push(what),
      step: ({ step }: { readonly step: number }) => (step >= until ? stop.abort() : undefined),
    };
    const stages = [stageOf(spec, "first"), stageOf(spec, "next")];
    const common = { file: "best.vlmo", engine, threads: 1, version: "test", signal: stop.signal, listener };
    await train({ spec, stages, out: at(out), resume: i > 0, ...common });
  }
  const saved = await listCheckpoints(join(at(out), "checkpoints"));
  const { stages } = await readRun(at(out));
  return { notices, saved, run: stages };
}

describe("a stage with `patience`", () => {
  test("stops early without a better validation, and hands over its best checkpoint", async () => {
    const { notices, saved, run } = whole;
    const [first] = run;
    const best = first?.best ?? { step: NaN, by: "none" };
    expect(first?.early).toBe(true);
    expect(best.by).toBe("perplexity");
    const values =
      first?.evaluations.map(({ step, metrics: [metric] }) => ({ step, value: metric?.value ?? NaN })) ?? [];
    const least = Math.min(...values.map(({ value }) => value));
    expect(best).toMatchObject({ value: least, step: values.find(({ value }) => value === least)?.step });
    // Two more validations after the best one, each once; the run ends with the last.
    expect(values.map(({ step }) => step)).toEqual(Array.from({ length: best.step / 2 + 2 }, (_, i) => 2 * i + 2));
    const end = values.at(-1)?.step ?? 0;
    expect(notices).toContain(
      `stage first ends after step ${end} of 60: 2 validations without a better perplexity, which was best at step ${best.step}`,
    );
    expect(notices.join("\n")).toContain(`stage next begins from first at step ${best.step}, its best: perplexity`);
    expect(saved.map(({ manifest: { stage, step } }) => `${stage} ${step}`)).toEqual([
      `first ${best.step}`,
      `first ${end}`,
      "next 1",
    ]);
    const [then, , now] = await Promise.all(saved.map(({ folder: each }) => readCheckpoint(each)));
    expect(now?.manifest.provenance.stages).toEqual([
      { stage: "first", steps: best.step },
      { stage: "next", steps: 1 },
    ]);
    const name = "embed.text.word.weight";
    now?.parameters
      .get(name)
      ?.data.forEach((value, i) => expect(value).toBeCloseTo(then?.parameters.get(name)?.data[i] ?? NaN, 6));
  });

  test.each([[[3, 8, 11]]])("gives the same run if stopped after steps %j", async (stops) => {
    const cut = await trained(`cut-${stops.join("-")}`, stops);
    const facts = ({ saved }: Trained) =>
      saved.map(({ manifest: { step, finished, metrics, score, best, files } }) => ({
        step,
        finished,
        metrics,
        score,
        best,
        files,
      }));
    expect(facts(cut)).toEqual(facts(whole));
    const lines = ({ run }: Trained) => run.map(({ evaluations, best, early }) => ({ best, early, evaluations: evaluations.map(({ step, metrics }) => ({ step, metrics })) })); // prettier-ignore
    expect(lines(cut)).toEqual(lines(whole));
  });

  test("is finished when the run is resumed", async () => {
    const { exit, stderr, stdout } = await inProcess([
      "train",
      at("best.vlmo"),
      "--out",
      at("whole"),
      "--resume",
      "--threads",
      "1",
    ]);
    expect(exit, stderr).toBe(0);
    expect(stdout).not.toContain("Stage first");
  });
});

test("vlmo train ends with the best validation, if that was not the last, and with how to evaluate its checkpoint", async () => {
  const [first] = (await readRun(at("whole"))).stages;
  const args = ["train", at("best.vlmo"), "--out", at("whole"), "--resume", "--workers", "0", "--threads", "1"];
  const { exit, stdout } = await inProcess(args, folder);
  expect(exit).toBe(0);
  const { value = NaN, step } = first?.best ?? {};
  const best = `perplexity ${valueText({ unit: "number", value })} at step ${step}`;
  expect(stdout).toContain(`Best validation of first: ${best}. Evaluate its checkpoint with:
  vlmo eval ${at("best.vlmo")} made --checkpoint ${at("whole")} --best
`);
  expect(stdout).not.toContain("Best validation of next");
});

describe("vlmo eval --best", () => {
  test("takes the best checkpoint of the run", async () => {
    const [first] = (await readRun(at("whole"))).stages;
    const evaluated = async (...more: string[]): Promise<unknown> => {
      const args = ["eval", at("best.vlmo"), "made", "--checkpoint", at("whole"), "--threads", "1", "--json", ...more];
      return JSON.parse((await inProcess(args)).stdout);
    };
    const [best, last] = [await evaluated("--best"), await evaluated()];
    expect(best).toMatchObject({ metrics: [{ value: expect.closeTo(first?.best?.value ?? NaN, 5) as number }] });
    expect(best).toMatchObject({
      checkpoint: expect.stringMatching(new RegExp(`first-0*${first?.best?.step}$`)) as string,
    });
    expect(last).toMatchObject({ metrics: [{ value: expect.closeTo(first?.evaluations.at(-1)?.metrics[0]?.value ?? NaN, 5) as number }] }); // prettier-ignore
  });

  test("is refused for a single checkpoint", async () => {
    const folderOfOne = at("whole/checkpoints/next-0000001");
    const { exit, stderr } = await inProcess([
      "eval",
      at("best.vlmo"),
      "made",
      "--checkpoint",
      folderOfOne,
      "--best",
      "--threads",
      "1",
    ]);
    expect(exit).toBe(1);
    expect(stderr).toContain("error[V545]");
    expect(stderr).toContain("is one checkpoint, of which the best cannot be chosen");
  });
});

test.each<[title: string, scores: readonly (number | null)[], wanted: BestSoFar]>([
  ["keeps the first of equal scores", [1, 1, 1], { step: 1, score: 1, since: 2 }],
  ["restarts the patience at a better score", [1, 0, 2, 1], { step: 3, score: 2, since: 1 }],
  ["ignores validations without a value", [null, 1, null], { step: 2, score: 1, since: 0 }],
  ["has no best before the first validation", [null], null],
])("%s", (_, scores, wanted) => {
  const best = scores.reduce<BestSoFar>((so, score, i) => bestAfter(so, i + 1, score), null);
  expect(best).toEqual(wanted);
  const stage = (patience: number): StageSpec => {
    const spec = specOf(at("best.vlmo")).stages.get("first");
    if (spec === undefined || spec.validate === null) throw new Error("no stage");
    return { ...spec, validate: { ...spec.validate, patience } };
  };
  expect([1, 2, 3].map((patience) => hasWaited(best, stage(patience)))).toEqual(
    [1, 2, 3].map((patience) => (wanted?.since ?? -1) >= patience),
  );
});

test.each([
  [
    "best: perplexity\n",
    "",
    "V620: stage `first` has `patience` and no `best`, so that validations cannot be compared",
  ],
  [
    "  validate: every 2 steps\n",
    "",
    "V621: stage `first` keeps no best checkpoint to begin from: it has no `validate`",
  ],
  [
    "  validate: every 2 steps\n",
    "",
    "V527: `patience` has no effect in stage `first`: it has no `validate`, so that it is only evaluated at its end",
  ],
  [
    "every 2 steps",
    "every 30 steps",
    "V527: `patience` has no effect in stage `first`: it is validated 1 time before its end, and the first has none to be compared with",
  ],
])("%j is checked", (from, to, wanted) => {
  const { diagnostics } = checkSpec("x.vlmo", { read: () => text.replace(from, to), resolvePath: (_, path) => path });
  expect(diagnostics.map(({ code, message }) => `${code}: ${message}`)).toContain(wanted);
});
