// `vlmo check --data`: what lies on the disk against what a specification says of it, and the same look before training.
import { mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { inProcess } from "./in-process.js";
import { tinySpec, workFolder } from "./tiny.js";

const [world = ""] = tinySpec.split("data world");
const special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];

let folder = "";
beforeAll(async () => {
  folder = await workFolder();
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
    "wide.jsonl": Buffer.from(
      records(6, () => ({ image: "red.png", text: "a red field" })),
      "utf16le",
    ),
    "captions.jsonl": records(42, (i) => ({ image: "red.png", caption: `caption ${i}` })),
    "captions.json": JSON.stringify({
      images: [{ id: 1, file_name: "red.png" }],
      annotations: Array.from({ length: 42 }, (_, id) => ({ image_id: 1, id, caption: "a red field" })),
    }),
    "long.jsonl": records(6, (i) => ({ image: "red.png", text: "a red field ".repeat(i < 4 ? 1 + i : 1) })),
    "birds/train/gull/1.png": red,
    "birds/train/gull/2.png": red,
    "birds/train/owl/3.png": red,
    "birds/train/owl/4.png": red,
    "birds/val/gull/5.png": red,
    "birds/val/gull/notes.txt": "seen at noon",
    "answers.txt": "blue\nred\n",
    "others.jsonl": records(6, () => ({ image: "red.png", text: "what?", answer: "blue" })),
    "words.txt": [...special, "a", "red"].join("\n"),
    "plain.txt": "a\nred\n",
  };
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
  }
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
    said: "error[V910]: cannot read `nowhere.jsonl`: it does not exist",
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
    said: "error[V917]: cannot decode the image `images/words.png`: Input file contains unsupported image format",
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
    said:
      "error[V957]: the data `some` and `unseen` do not have the same answers in the same order: only `some` has `red`, " +
      "only `unseen` has `blue`",
    help: 'write `answers: from(some)` in `unseen`, or `answers: "answers.txt"` in both, a file of one a line',
  },
  {
    title: "classes that the folder of another part does not have",
    spec: `${specOf(
      `data some: labelled_images { format: folder, images: "birds/train" }
data unseen: labelled_images { format: folder, images: "birds/val" }\n${classify} { classes: 2 }`,
      "answer",
    ).replace("pair.pooled", "image.cls")}evaluate score on unseen using only { accuracy }\n`,
    said: "error[V957]: the data `some` and `unseen` do not have the same classes in the same order: only `some` has `owl`",
    help: 'write `classes: from(some)` in `unseen`, or `classes: "classes.txt"` in both, a file of one a line',
  },
  {
    title: "a list of answers that is not there",
    spec: specOf(
      `data some: questions ${jsonl("good.jsonl", ', answers: "none.txt"')}\n${classify} { classes: 1, loss: bce }`,
      "answer",
    ),
    said: "error[V910]: cannot read `none.txt`: it does not exist",
    help: "check that the path in the data block names a file that can be read",
  },
  {
    title: "numbers where others take classes from",
    spec: specOf(
      `data numbered: labelled_images ${jsonl("high.jsonl")}
data some: labelled_images ${jsonl("good.jsonl", ", classes: from(numbered)")}\n${classify} { classes: 3 }`,
      "answer",
    ).replace("pair.pooled", "image.cls"),
    said: "error[V983]: the data `some` take their classes from `numbered`, which has no list of them",
    help: "name the list there, or take it from other data",
  },
  {
    title: "records in another encoding, once",
    spec: specOf(`data some: pairs ${jsonl("wide.jsonl")}\n${contrast}`),
    said: "error[V982]: `wide.jsonl` is text in UTF-16 (little endian), not in UTF-8",
    help: "save it as UTF-8: in an editor, or by `iconv -f UTF-16LE -t UTF-8",
  },
  {
    title: "captions given as Karpathy's splits, once",
    spec: specOf(`data some: pairs { format: karpathy, annotations: "captions.json", images: "images" }\n${contrast}`),
    said: "error[V982]: `captions.json` is COCO captions, not the JSON of Karpathy's splits",
    help: "write `format: coco`, with the file as `annotations`",
  },
  {
    title: "what is wrong with many records alike, once",
    spec: specOf(`data some: pairs ${jsonl("captions.jsonl")}\n${contrast}`),
    said: "error[V912]: the record has no field `text`; it has `image`, `caption` (and 41 more records)",
    label: "captions.jsonl:1",
    help: 'write `fields { text: "caption" }` in the data block',
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

test("what is passed over and is no mistake is noted under its block", async () => {
  const blocks = `data some: pairs ${jsonl("long.jsonl")}
data seen: labelled_images { format: folder, images: "birds/train" }
data birds: labelled_images { format: folder, images: "birds/val", classes: from(seen) }
${contrast}`;
  const { stdout, exit } = await run(`${specOf(blocks)}evaluate r on some using only { recall(1) }\n`, [
    "check",
    "FILE",
    "--data",
  ]);
  expect(stdout).toBe(
    [
      "✓ some: 6 pairs, 1 image file",
      "  note: 1 of 6 texts is longer than the 12 tokens of `only`, `r` and is cut; the longest has 14 with [CLS] and [SEP]: long.jsonl:4",
      "✓ seen: 4 labelled images, 2 classes, 4 image files",
      "✓ birds: 1 labelled image, 2 classes, 1 image file",
      "  note: 1 file is no image: gull/notes.txt",
      "  note: 1 class has no image: owl",
      "✓ some.vlmo: no mistakes found\n",
    ].join("\n"),
  );
  expect(exit).toBe(0);
});

test("texts are measured with the vocabulary of a file as well, and told as data with --json", async () => {
  const spec = specOf(`data some: pairs ${jsonl("long.jsonl")}\n${contrast}`)
    .replace("vocabulary: 120", 'vocabulary: 7, file: "words.txt"')
    .replace("length: 12", "length: 8");
  const { stdout } = await run(spec, ["check", "FILE", "--data", "--json"]);
  expect(JSON.parse(stdout).data.blocks).toMatchObject([
    {
      notes: [],
      texts: [
        { readers: ["only"], length: 8, texts: 6, read: 6, cut: 2, longest: { tokens: 14, item: "long.jsonl:4" } },
      ],
    },
  ]);
});

test("a stage and an evaluation run on lists that are taken from other data, or from a file", async () => {
  const blocks = `data some: questions ${jsonl("good.jsonl", ', answers: "answers.txt"')}
data unseen: questions ${jsonl("others.jsonl", ", answers: from(some)")}
${classify} { classes: 2, loss: bce }`;
  const spec = `${specOf(blocks, "answer")}evaluate score on unseen using only { vqa_score }\n`;
  const look = await run(spec, ["check", "FILE", "--data"]);
  expect(look.stdout).toContain("✓ unseen: 6 questions, 2 answers, 1 image file\n");
  const words = ["train", "FILE", "--out", join(folder, "lists"), "--engine", "reference"];
  const { stdout, stderr, exit } = await run(spec, words);
  expect({ exit, stderr: exit === 0 ? "" : stderr }).toEqual({ exit: 0, stderr: "" });
  expect(stdout).toMatch(/score \(only\): answer/);
});

test("what is wrong with data that lists are taken from is told there, once", async () => {
  const blocks = `data some: questions ${jsonl("nowhere.jsonl")}
data unseen: questions ${jsonl("others.jsonl", ", answers: from(some)")}
${classify} { classes: 2, loss: bce }`;
  const { stderr } = await run(`${specOf(blocks, "answer")}evaluate score on unseen using only { vqa_score }\n`, [
    "check",
    "FILE",
    "--data",
  ]);
  expect(stderr.match(/error\[V\d+\]/g)).toEqual(["error[V910]"]);
  expect(stderr).toMatch(/\d+ \| data some: questions/);
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
