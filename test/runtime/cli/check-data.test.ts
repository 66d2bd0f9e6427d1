// `vlmo check --data`: what lies on the disk against what a specification says of it, and the same look before training.
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { inProcess } from "./in-process.js";
import { tinySpec, workFolder } from "./tiny.js";

const [world = ""] = tinySpec.split("data world");
const special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];

let folder = "";
beforeAll(async () => {
  folder = await workFolder();
  await mkdir(join(folder, "images"));
  const red = await sharp({ create: { width: 16, height: 16, channels: 3, background: "#ff0000" } })
    .png()
    .toBuffer();
  const files: Readonly<Record<string, string | Buffer>> = {
    "images/red.png": red,
    "images/words.png": "no image",
    "good.jsonl": records(6, () => ({ image: "red.png", text: "a red field", label: 1, answer: "red" })),
    "high.jsonl": records(6, () => ({ image: "red.png", label: 2 })),
    "few.jsonl": records(2, () => ({ image: "red.png", text: "a red field" })),
    "gone.jsonl": records(30, (i) => ({ image: i < 25 ? `gone-${i}.png` : "red.png", text: "x" })),
    "broken.jsonl": records(6, (i) => ({ image: i === 4 ? "words.png" : "red.png", text: "x" })),
    "others.jsonl": records(6, () => ({ image: "red.png", text: "what?", answer: "blue" })),
    "words.txt": [...special, "a", "red"].join("\n"),
    "plain.txt": "a\nred\n",
  };
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
});
afterAll(() => rm(folder, { recursive: true }));

function records(count: number, of: (index: number) => object): string {
  return Array.from({ length: count }, (_, i) => `${JSON.stringify(of(i))}\n`).join("");
}

const jsonl = (file: string, more = ""): string => `{ format: jsonl, records: "${file}", images: "images"${more} }`;
const contrast = "head contrast: contrastive(image.cls, text.cls)";

/** The tiny model, some data and heads, and a stage that learns from `some`. */
function specOf(blocks: string, learn = "contrast"): string {
  const optimizer = "optimizer: adamw(lr: 1e-3)\n  schedule: constant";
  const keys = `model: Tiny\n  data: some\n  learn: ${learn}\n  train: all\n  batch: 4\n  steps: 1\n  ${optimizer}`;
  return `${world}${blocks}\nstage only {\n  ${keys}\n}\n`;
}

/** Runs a command on a specification; the folder's name is taken out of what it says. */
async function run(spec: string, words: readonly string[]) {
  const file = join(folder, "some.vlmo");
  await writeFile(file, spec);
  const { exit, stdout, stderr } = await inProcess(
    words.map((word) => (word === "FILE" ? file : word === "OUT" ? join(folder, "run") : word)),
  );
  return { exit, stdout: stdout.replaceAll(`${folder}/`, ""), stderr: stderr.replaceAll(`${folder}/`, "") };
}

interface Row {
  readonly title: string;
  readonly spec: string;
  /** The first message: its title, the words beside the underline, its help. */
  readonly said: string;
  readonly label?: string;
  readonly help: string;
}

const classify = "head answer: classify(pair.pooled)";

const rows: readonly Row[] = [
  {
    title: "records that are not there",
    spec: specOf(`data some: pairs ${jsonl("nowhere.jsonl")}\n${contrast}`),
    said: "error[V910]: cannot read `nowhere.jsonl`: ENOENT: no such file or directory, open 'nowhere.jsonl'",
    help: "check that the path in the data block names a file that can be read",
  },
  {
    title: "an image that is not there, with the record's line",
    spec: specOf(`data some: pairs ${jsonl("gone.jsonl")}\n${contrast}`),
    said: "error[V916]: there is no image `images/gone-0.png`",
    label: "gone.jsonl:1",
    help: "check the data block's `images` folder, or set `on_error: skip` to leave such records out and count them",
  },
  {
    title: "a file that is no image",
    spec: specOf(`data some: pairs ${jsonl("broken.jsonl")}\n${contrast}`),
    said: "error[V917]: cannot decode the image `images/words.png`: it is of none of the formats that are read: JPEG, PNG, WebP, GIF, TIFF, AVIF",
    label: "broken.jsonl:5",
    help: "replace the file, or set `on_error: skip` to leave such records out and count them",
  },
  {
    title: "another number of items than is declared",
    spec: specOf(`data some: pairs ${jsonl("good.jsonl", ", items: 7k")}\n${contrast}`),
    said: "error[V953]: the data `some` declares 7,000 items, but there are 6",
    help: "write `items: 6`, or name the data that are meant",
  },
  {
    title: "fewer items than a batch",
    spec: specOf(`data some: pairs ${jsonl("few.jsonl")}\n${contrast}`),
    said: "error[V919]: the data set `some` cannot feed this run: it has 2 usable items, fewer than one batch of 4",
    help: "use a smaller batch, more data, or data of the kind that the stage's heads need",
  },
  {
    title: "another number of answers than the head has",
    spec: specOf(
      `data some: questions ${jsonl("good.jsonl")}\n${classify} { answers: answers(), loss: bce }`,
      "answer",
    ),
    said: "error[V954]: the head `answer` has 3,129 classes, but the data `some` have 1 answer",
    help: "write `classes: 1` in the head, or choose the answers by `answers` or `answer_count` in the data block",
  },
  {
    title: "a label that the head has no class for",
    spec: specOf(`data some: labelled_images ${jsonl("high.jsonl")}\n${classify} { classes: 2 }`, "answer").replace(
      "pair.pooled",
      "image.cls",
    ),
    said: "error[V955]: `high.jsonl:1` has the label 2, but the classes of the head `answer` are 0..1 (and 5 more items)",
    help: "give the head more classes, or correct the labels; they are counted from 0",
  },
  {
    title: "a vocabulary of another size",
    spec: specOf(`data some: pairs ${jsonl("good.jsonl")}\n${contrast}`).replace(
      "vocabulary: 120",
      'vocabulary: 120, file: "words.txt"',
    ),
    said: "error[V956]: the vocabulary `words.txt` has 7 tokens, but the model says `vocabulary: 120`",
    help: "write `vocabulary: 7`, or name the vocabulary that is meant",
  },
  {
    title: "a vocabulary without special tokens",
    spec: specOf(`data some: pairs ${jsonl("good.jsonl")}\n${contrast}`).replace(
      "vocabulary: 120",
      'vocabulary: 120, file: "plain.txt"',
    ),
    said: "error[V918]: the vocabulary cannot be used: it lacks [PAD]",
    help: "a vocabulary holds one token per line, among them [PAD], [UNK], [CLS], [SEP] and [MASK], none twice",
  },
  {
    title: "answers that mean something else in the evaluation's data",
    spec: `${specOf(
      `data some: questions ${jsonl("good.jsonl")}\ndata unseen: questions ${jsonl("others.jsonl")}
${classify} { classes: 1, loss: bce }`,
      "answer",
    )}evaluate score on unseen using only { vqa_score }\n`,
    said: "error[V957]: the data `some` and `unseen` do not have the same answers in the same order",
    help: "write the same `answers: […]` in both data blocks",
  },
];

describe.each([
  { command: "check --data", args: ["check", "FILE", "--data"] },
  { command: "train", args: ["train", "FILE", "--out", "OUT", "--engine", "reference"] },
])("$command tells of", ({ args }) => {
  test.each(rows)("$title", async ({ spec, said, label = "", help }) => {
    const { exit, stderr } = await run(spec, args);
    const lines = stderr.replace(/^.*preparing.*\n/gim, "").split("\n");
    const first = lines.findIndex((line) => line.startsWith("error["));
    expect(lines[first]).toBe(said);
    expect(lines[first + 1]).toMatch(/--> some\.vlmo:\d+:\d+$/);
    expect(lines[first + 4]?.replace(/^.*\^+ ?/, "")).toBe(label);
    expect(lines[first + 5]).toMatch(/= help: /);
    expect(lines[first + 5]).toContain(help);
    expect(exit).toBe(1);
  });
});

test("the first twenty mistakes of a block are shown, and the others counted", async () => {
  const { stderr } = await run(specOf(`data some: pairs ${jsonl("gone.jsonl")}\n${contrast}`), [
    "check",
    "FILE",
    "--data",
  ]);
  expect(stderr.match(/error\[V916\]/g)).toHaveLength(20);
  expect(stderr).toContain("error[V958]: the data `some` have 5 more mistakes\n");
  expect(stderr).toContain(
    "= help: mend those above first; `on_error: skip` leaves broken records out and counts them",
  );
});

test("what is wrong with data, heads and vocabulary is told at once, by train before anything is computed", async () => {
  const spec = specOf(
    `data some: questions ${jsonl("good.jsonl", ", items: 9")}\n${classify} { classes: 2, loss: bce }`,
  )
    .replace("learn: contrast", "learn: answer")
    .replace("vocabulary: 120", 'vocabulary: 120, file: "words.txt"')
    .replace("batch: 4", "batch: 8");
  const { stderr, exit } = await run(spec, ["train", "FILE", "--out", join(folder, "all"), "--engine", "reference"]);
  expect(stderr.match(/error\[V\d+\]/g)).toEqual(["error[V953]", "error[V954]", "error[V919]", "error[V956]"]);
  expect(exit).toBe(1);
});

test("what is there is said, a line for each data set and vocabulary", async () => {
  const blocks = `data some: pairs ${jsonl("good.jsonl", ", items: 6")}
data rest: questions ${jsonl("others.jsonl")}
data skipping: pairs ${jsonl("gone.jsonl", ", on_error: skip")}
data drawn: labelled_images { format: shapes, scenes: 100 }
${contrast}`;
  const spec = specOf(blocks).replace("vocabulary: 120", 'vocabulary: 7, file: "words.txt"');
  const { stdout, exit } = await run(spec, ["check", "FILE", "--data"]);
  expect(stdout.replace(/drawn: \d+/, "drawn: N")).toBe(
    [
      "✓ some: 6 pairs, 1 image file",
      "✓ rest: 6 questions, 1 answer, 1 image file",
      "✓ skipping: 5 pairs, 1 image file, 25 records left out",
      "✓ drawn: N labelled images, 28 classes",
      "✓ words.txt: 7 tokens",
      "✓ some.vlmo: no mistakes found\n",
    ].join("\n"),
  );
  expect(exit).toBe(0);
});

test("with --json it is data", async () => {
  const { stdout } = await run(specOf(`data some: pairs ${jsonl("good.jsonl", ", items: 7")}\n${contrast}`), [
    "check",
    "FILE",
    "--data",
    "--json",
  ]);
  expect(JSON.parse(stdout)).toMatchObject({
    errors: 1,
    data: {
      blocks: [
        {
          name: "some",
          kind: "pairs",
          items: 6,
          images: { files: 1, read: 1 },
          classes: null,
          answers: null,
          leftOut: 0,
        },
      ],
      vocabularies: [],
    },
    diagnostics: [{ code: "V953", file: "some.vlmo" }],
  });
});

test("a file with errors is not held against the disk", async () => {
  const { stdout, stderr } = await run("vlmo 1\ndata some: pairs { format: jsonl }\n", ["check", "FILE", "--data"]);
  expect(stderr).not.toMatch(/V9\d\d/);
  expect(stdout).toContain("1 error");
});
