// What the language knows and this version does not run: reported with code, place and remedy before anything begins, by
// every command that would run it, and never as a bug.
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { inProcess } from "./in-process.js";
import { tinySpec, workFolder } from "./tiny.js";

const [world = ""] = tinySpec.split("head contrast");

/** The tiny model with some data and heads and one stage that learns `learn`. */
function stageOf(blocks: string, learn: string, more = ""): string {
  const optimizer = "optimizer: adamw(lr: 1e-3)\n  schedule: constant";
  const keys = `model: Tiny\n  data: some\n  learn: ${learn}\n  train: all\n  batch: 4\n  steps: 1\n  ${optimizer}`;
  return `${world}${blocks}\nstage only {\n  ${keys}\n  ${more}\n}\n`;
}

const pairs = "data some: pairs { format: shapes, scenes: 8 }";

interface Row {
  readonly title: string;
  readonly spec: string;
  readonly said: string;
  readonly help: string;
}

const rows: readonly Row[] = [
  {
    title: "a kind that a format does not give",
    spec: stageOf(
      `data some: questions { format: karpathy, annotations: "a.json", images: "." }\nhead answer: classify(pair.pooled) { classes: 2, loss: bce }`,
      "answer",
    ),
    said: "error[V950]: the data `some` cannot be opened: the format `karpathy` gives `pairs`, not `questions`",
    help: 'write the records as `jsonl`, one JSON object a line: `format: jsonl, records: "….jsonl"` (docs/data.md)',
  },
  {
    title: "a head that is not computed",
    spec: stageOf(`data some: masks { format: shapes }\nhead regions: segment(image.grid) { classes: 5 }`, "regions"),
    said: "error[V951]: the head `regions` cannot be run: this version checks and plans `segment`, but does not compute it",
    help: "leave it out of `learn` and of the evaluations; `vlmo check` and `vlmo plan` work with it as it is",
  },
];

let folder = "";
beforeAll(async () => {
  folder = await workFolder();
});
afterAll(() => rm(folder, { recursive: true }));

async function fileOf(spec: string): Promise<string> {
  const file = join(folder, "some.vlmo");
  await writeFile(file, spec);
  return file;
}

/** What `train` makes of a specification. */
async function trained(spec: string) {
  return inProcess(["train", await fileOf(spec), "--out", join(folder, "run"), "--engine", "reference"]);
}

describe("train refuses, with the line of the specification", () => {
  test.each(rows)("$title", async ({ spec, said, help }) => {
    const { exit, stderr } = await trained(spec);
    const [first = "", place = ""] = stderr.split("\n");
    expect([exit, first]).toEqual([1, said]);
    expect(place).toMatch(/--> .*some\.vlmo:\d+:\d+$/);
    expect(stderr).toContain(`= help: ${help}\n`);
  });

  test("all that it cannot run, at once, each thing once", async () => {
    const karpathy = '{ format: karpathy, annotations: "a.json", images: "." }';
    const data = `data some: images ${karpathy}\ndata others: images ${karpathy}`;
    const spec = stageOf(`${data}\nhead patches: masked_patches(image.patches)`, "patches");
    const again = spec.slice(spec.indexOf("stage only")).replace("stage only", "stage again");
    const { stderr } = await trained(spec + again.replace("data: some", "data: [some, others]"));
    expect(stderr.match(/error\[V\d+\].*`(some|others)`/g)).toHaveLength(2);
    expect(stderr.match(/error\[V\d+\]/g)).toEqual(["error[V950]", "error[V950]"]);
  });
});

const regions = "data some: masks { format: shapes }\nhead regions: segment(image.grid) { classes: 5 }";
const deferred = `${stageOf(regions, "regions")}
test "it learns" {
  train only for 1 steps
  loss.last < loss.first
}
`;

test.each([
  { command: "exec", args: ["exec", "FILE", "--program", "forward", "--list"] },
  { command: "build", args: ["build", "FILE", "--emit", "ir", "--program", "forward"] },
  { command: "test", args: ["test", "FILE", "--engine", "reference"] },
])("$command refuses a head that is not computed", async ({ args }) => {
  const file = await fileOf(deferred);
  const { exit, stderr, stdout } = await inProcess(args.map((word) => (word === "FILE" ? file : word)));
  expect(stderr + stdout).toMatch(/error\[V951\]: the head `regions` cannot be run/);
  expect(exit).toBe(1);
});

test("eval refuses data that cannot be opened before it looks at the checkpoint", async () => {
  const data = `${pairs}\ndata held: images { format: karpathy, annotations: "a.json", images: "." }`;
  const spec = stageOf(`${data}\nhead coded: masked_patches(image.patches) { targets: tokens("a.bin") }`, "coded");
  const file = await fileOf(`${spec}\nevaluate shown on held using only { accuracy }\n`);
  const { exit, stderr } = await inProcess(["eval", file, "shown", "--checkpoint", "nowhere", "--engine", "reference"]);
  expect(stderr).toMatch(/error\[V950\]: the data `held` cannot be opened/);
  expect(exit).toBe(1);
});
