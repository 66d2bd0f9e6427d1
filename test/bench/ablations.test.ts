// `npm run ablations -- --collect`: the page computed from the logs of runs, here made-up ones.
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { specOf } from "../support/specs.js";

/** Accuracies of three seeds, on statements and masked words; variants that `others` does not list have these. */
const usual = { statements: [0.6, 0.61, 0.62], words: [0.7, 0.7, 0.7] };
const others = new Map([
  ["no_texts", { statements: [0.57, 0.58, 0.59], words: [0.69, 0.71, 0.72] }],
  ["local", { statements: [0.64, 0.65, 0.66], words: [0.7, 0.7, 0.7] }],
]);

const spec = specOf("specs/ablations/small.vlmo");
const variants = [...spec.stages.keys()].filter((name) => spec.stages.has(`${name}_claims`));
let out = "";
let page = "";

beforeAll(async () => {
  out = await mkdtemp(join(tmpdir(), "vlmo-ablations-"));
  for (const seed of [0, 1, 2]) {
    await mkdir(join(out, `seed-${seed}`));
    await writeFile(join(out, `seed-${seed}`, "metrics.jsonl"), logOf(seed));
  }
  const line = ["bench/ablations/run.js", "--collect", "--out", out];
  const { stdout } = await promisify(execFile)(process.execPath, line);
  expect(stdout).toMatch(/^135 of 135 stages are left; .*ablations\.md has what is known/);
  page = await readFile(join(out, "ablations.md"), "utf8");
});
afterAll(() => rm(out, { recursive: true }));

/** A log as `vlmo train` writes it, cut off within a line like that of a run in progress. */
function logOf(seed: number): string {
  const lines = variants.flatMap((variant) => {
    const { statements, words } = others.get(variant) ?? usual;
    const evaluation = (stage: string, name: string, value: number | undefined) =>
      JSON.stringify({ kind: "evaluation", name: "any", stage, metrics: [{ name, value, chance: 0.5, items: 2000 }] });
    return [
      evaluation(variant, "many_words accuracy", words[seed]),
      evaluation(`${variant}_claims`, "truth accuracy", statements[seed]),
    ];
  });
  return `{"kind":"step"}\n${lines.join("\n")}\n{"kind":"evaluation","st`;
}

test("every variant of a question is a stage of the specification, evaluated before and after fine-tuning", async () => {
  const { questions } = (await import(new URL("../../bench/ablations/questions.js", import.meta.url).href)) as {
    questions: { variants: [string][]; orders: { weaker: string; stronger: string }[] }[];
  };
  const asked = questions.flatMap(({ variants: own, orders }) => [
    ...own.map(([name]) => name),
    ...orders.flatMap(({ weaker, stronger }) => [weaker, stronger]),
  ]);
  expect(new Set(asked)).toEqual(new Set(variants));
  const measured = new Set([...spec.evaluations.values()].map(({ stage }) => stage));
  for (const name of variants) expect([measured.has(name), measured.has(`${name}_claims`)], name).toEqual([true, true]);
});

test("a row shows means and standard deviations over seeds", () => {
  expect(page).toContain("| images, then pairs | – | – | 70.7% ± 1.5 | 58.0% ± 1.0 |");
  expect(page).toContain("| images, then texts, then pairs | – | – | 70.0% ± 0.0 | 61.0% ± 1.0 |");
});

// Deviations of 1 point: 2.78 · 0.01 · √(1/3 + 1/3) = 2.27 points. Masked words: 2.78 · √((0.0153² + 0²) / 2) · √(2/3) = 2.45.
test("an ordering is confirmed, reversed or not significant by Student's t", () => {
  expect(page).toContain("**A text stage** (in the paper NLVR2 80.33 → 82.09): is confirmed in statements (+3.0 ± 2.3); is not significant in masked words (−0.7 ± 2.5)."); // prettier-ignore
  expect(page).toContain("**Hard negatives from the whole batch** (in the paper NLVR2 77.70 → 79.54): is reversed in statements (−4.0 ± 2.3); is not significant in masked words (+0.0 ± 0.0)."); // prettier-ignore
});

test("the plot has a dot for each seed of each variant", async () => {
  const svg = await readFile(join(out, "pictures/ablations.svg"), "utf8");
  const rows = [...page.matchAll(/^\| (?!chance|---| \|).* \|$/gm)].length;
  expect(rows).toBe(18);
  expect([...svg.matchAll(/A1 1 0 1/g)].length).toBe(3 * rows);
});
