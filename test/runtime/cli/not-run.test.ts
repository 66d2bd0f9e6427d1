// What the language knows and this version does not run: reported with code, place and remedy before anything begins, by
// every command that would run it, and never as a bug.
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { inProcess } from "./in-process.js";
import { tinySpec, workFolder } from "./tiny.js";

const [world = ""] = tinySpec.split("head contrast");
const contrast = "head contrast: contrastive(image.cls, text.cls)";
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
const two = `${statements}\nhead both: compare(pair[1].pooled, pair[2].pooled)`;

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
    title: "two heads that mask in different ways",
    spec: stageOf(
      `${pairs}\nhead a: masked_tokens(text.tokens)\nhead b: masked_tokens(pair.text) { mask: 50% }`,
      "a + b",
    ),
    said: "error[V952]: the mask of the head `b` cannot be run: `a` of the same stage masks in another way, and a batch is masked once",
    help: "give it the same mask as `a`, or learn the two in stages of their own",
  },
  {
    title: "images of one channel",
    spec: stageOf(`${pairs}\n${contrast}`, "contrast").replace("patch: 8px", "patch: 8px, channels: 1"),
    said: "error[V952]: `channels: 1` cannot be run: images of a data set have three channels, red, green and blue",
    help: "write `channels: 3`, or leave it out",
  },
  {
    title: "two images and a type for one",
    spec: stageOf(two, "both"),
    said: "error[V952]: the head `both` cannot be run: it reads a second image, and the model `Tiny` has one type for all images",
    help: "write `with { image { types: 2 } }` in the stage",
  },
  {
    title: "a beginning from another program's file",
    spec: stageOf(`${pairs}\n${contrast}`, "contrast").replace(
      "stage only",
      'stage only from checkpoint("a.pt", layout: beit)',
    ),
    said: "error[V952]: `layout: beit` cannot be run: training begins from checkpoints of this program only",
    help: 'first `vlmo import a.pt --spec FILE --stage only --layout beit --out imported`, then write `from checkpoint("imported")`',
  },
  {
    title: "a metric that is not computed",
    spec: stageOf(two, "both").replace("patch: 8px", "patch: 8px, types: 2") + evaluated("consistency"),
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

const untyped = `${stageOf(two, "both")}
test "it learns" {
  train only for 1 steps
  loss.last < loss.first
}
`;

test.each([
  { command: "exec", args: ["exec", "FILE", "--program", "forward", "--list"] },
  { command: "build", args: ["build", "FILE", "--emit", "ir", "--program", "forward"] },
  { command: "test", args: ["test", "FILE", "--engine", "reference"] },
])("$command refuses a head that its model cannot serve", async ({ args }) => {
  const file = await fileOf(untyped);
  const { exit, stderr, stdout } = await inProcess(args.map((word) => (word === "FILE" ? file : word)));
  expect(stderr + stdout).toMatch(/error\[V952\]: the head `both` cannot be run/);
  expect(exit).toBe(1);
});

test("eval refuses a metric that is not computed before it looks at the checkpoint", async () => {
  const file = await fileOf(rows.find(({ title }) => title === "a metric that is not computed")?.spec ?? "");
  const { exit, stderr } = await inProcess(["eval", file, "shown", "--checkpoint", "nowhere", "--engine", "reference"]);
  expect(stderr).toMatch(/error\[V952\]: the metric `consistency` cannot be run/);
  expect(exit).toBe(1);
});
