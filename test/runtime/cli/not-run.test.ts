// What the language knows and this version does not run: reported with code, place and remedy before anything begins, by
// every command that would run it, and never as a bug.
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { inProcess } from "./in-process.js";
import { tinySpec, workFolder } from "./tiny.js";

const [world = ""] = tinySpec.split("head contrast");
const evaluated = (metric: string): string => `\nevaluate shown on some using only { ${metric} }`;

/** The tiny model with some data and heads and one stage that learns `learn`. */
function stageOf(blocks: string, learn: string, more = ""): string {
  const optimizer = "optimizer: adamw(lr: 1e-3)\n  schedule: constant";
  const keys = `model: Tiny\n  data: some\n  learn: ${learn}\n  train: all\n  batch: 4\n  steps: 1\n  ${optimizer}`;
  return `${world}${blocks}\nstage only {\n  ${keys}\n  ${more}\n}\n`;
}

const pairs = "data some: pairs { format: shapes, scenes: 8 }";
const answers = "data some: questions { format: shapes, scenes: 8 }";
const statements = "data some: statements { format: shapes, images: 2, scenes: 8 }";

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
  {
    title: "codes of images that are augmented",
    spec: stageOf(
      `${pairs}\nhead coded: masked_patches(image.patches) { targets: tokens("a.safetensors") }`,
      "coded",
      "augment: [flip]",
    ),
    said: "error[V952]: `flip` with the codes that `coded` reads of a file cannot be run: they are those of the images as they are, and the model would see others",
    help: "leave `augment` out, or take the codes of a `visual_tokenizer`, which sees the same images as the model",
  },
  {
    title: "accuracy of pixels",
    spec: stageOf(`${pairs}\nhead patches: masked_patches(image.patches)`, "patches") + evaluated("accuracy(patches)"),
    said: "error[V952]: the metric `accuracy` cannot be run: `patches` predicts pixels, of which none is right or wrong",
    help: "leave it out, or predict codes: `targets: tokens(…)`",
  },
  {
    title: "two images and a type for one",
    spec: stageOf(`${statements}\nhead both: compare(pair[1].pooled, pair[2].pooled)`, "both"),
    said: "error[V952]: the head `both` cannot be run: it reads a second image, and the model `Tiny` has one type for all images",
    help: "write `with { image { types: 2 } }` in the stage",
  },
  {
    title: "a metric that is not computed",
    spec:
      stageOf(`${statements}\nhead both: compare(pair[1].pooled, pair[2].pooled)`, "both").replace(
        "patch: 8px",
        "patch: 8px, types: 2",
      ) + evaluated("consistency"),
    said: "error[V952]: the metric `consistency` cannot be run: this version does not compute it",
    help: "measure `accuracy`",
  },
  {
    title: "accuracy of answers that have scores",
    spec:
      stageOf(`${answers}\nhead answer: classify(pair.pooled) { classes: 29, loss: bce }`, "answer") +
      evaluated("accuracy"),
    said: "error[V952]: the metric `accuracy` cannot be run: `answer` has `loss: bce`, whose answers have scores and no single right one",
    help: "measure `vqa_score`",
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
    const data = `data some: images { format: karpathy, annotations: "a.json", images: "." }`;
    const coded = `head coded: masked_patches(image.patches) { targets: tokens("a.safetensors") }`;
    const spec = stageOf(`${data}\n${coded}`, "coded", "augment: [flip]");
    const again = spec.slice(spec.indexOf("stage only")).replace("stage only", "stage again");
    const { stderr } = await trained(spec + again);
    expect(stderr.match(/error\[V\d+\]/g)).toEqual(["error[V950]", "error[V952]"]);
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

test("eval refuses a metric that is not computed before it looks at the checkpoint", async () => {
  const file = await fileOf(rows.find(({ title }) => title === "a metric that is not computed")?.spec ?? "");
  const { exit, stderr } = await inProcess(["eval", file, "shown", "--checkpoint", "nowhere", "--engine", "reference"]);
  expect(stderr).toMatch(/error\[V952\]: the metric `consistency` cannot be run/);
  expect(exit).toBe(1);
});
