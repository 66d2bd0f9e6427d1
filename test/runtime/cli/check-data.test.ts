// `vlmo check --data`: the files on disk against the specification; training makes the same checks before its first step.
import { describe, expect, test } from "vitest";
import { classify, contrast, jsonl, run, specOf, useDataFolder } from "./data-folder.js";

useDataFolder();

interface Row {
  readonly title: string;
  readonly spec: string;
  /** The first message: its title, label and help. */
  readonly said: string;
  readonly label?: string;
  readonly help: string;
}

const rows: readonly Row[] = [
  {
    title: "a missing records file",
    spec: specOf(`data some: pairs ${jsonl("in-no-folder/absent.jsonl")}\n${contrast}`),
    said: "error[V910]: cannot read `in-no-folder/absent.jsonl`: it does not exist",
    help: "check that the path in the data block names a file that can be read; a relative one starts from the folder of the specification",
  },
  {
    title: "a misspelt records file",
    spec: specOf(`data some: pairs ${jsonl("goood.jsonl")}\n${contrast}`),
    said: "error[V910]: cannot read `goood.jsonl`: it does not exist",
    help: "did you mean `good.jsonl`?",
  },
  {
    title: "a missing image, with the record's line",
    spec: specOf(`data some: pairs ${jsonl("gone.jsonl")}\n${contrast}`),
    said: "error[V916]: there is no image `images/gone-0.png`",
    label: "gone.jsonl:1",
    help: "check the data block's `images` folder, or set `on_error: skip` to leave such records out and count them",
  },
  {
    title: "a box that exceeds its image",
    spec: specOf(
      `data some: pairs ${jsonl("good.jsonl", ", crop_grid { boxes: [[8, 0, 9, 9]], columns: 1 }")}\n${contrast}`,
    ),
    said: "error[V917]: cannot decode the image `images/red.png`: the box [8, 0, 9, 9] of `crop_grid` leaves its 16 × 16 pixels",
    label: "good.jsonl:6",
    help: "move the box, or set `on_error: skip` to leave such records out and count them",
  },
  {
    title: "an image that cannot be decoded",
    spec: specOf(`data some: pairs ${jsonl("broken.jsonl")}\n${contrast}`),
    said: "error[V917]: cannot decode the image `images/words.png`: it is not of a supported format: JPEG, PNG, WebP, GIF, TIFF, AVIF",
    label: "broken.jsonl:5",
    help: "replace the file, or set `on_error: skip` to leave such records out and count them",
  },
  {
    title: "another number of items than declared",
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
    title: "a stage of zero steps",
    spec: specOf(`data some: pairs ${jsonl("gone.jsonl", ", items: 30, on_error: skip")}\n${contrast}`).replace(
      "steps: 1",
      "epochs: 0.1",
    ),
    said: "error[V993]: stage `only` has 0 steps: 0.1 epochs of 30 items in batches of 4",
    help: "write `steps: …`, more `epochs`, or a smaller `batch`",
  },
  {
    title: "a warm-up longer than the counted epochs",
    spec: specOf(`data some: pairs ${jsonl("good.jsonl")}\n${contrast}`)
      .replace("steps: 1", "epochs: 3")
      .replace("schedule: constant", "schedule: linear(warmup: 5 steps)"),
    said: "error[V974]: the warm-up of stage `only`, 5 steps, is 5 steps, and the stage has 3: an epoch is 6 items",
    help: "make the warm-up shorter, as in `warmup: 10%`, or the stage longer",
  },
  {
    title: "another number of answers than the head has",
    spec: specOf(
      `data some: questions ${jsonl("good.jsonl")}\n${classify} { answers: answers(), loss: bce }`,
      "answer",
    ),
    said: "error[V954]: the head `answer` has 3,129 classes, but the data `some` have 1 answer",
    help: "write `answers: answers(count: 1)` in the head, `classes: 1` where it has that key; or choose the answers by `answers` or `answer_count` in the data block",
  },
  {
    title: "another number of classes than the head has answers",
    spec: specOf(
      `data some: labelled_images ${jsonl("good.jsonl", ', classes: ["a", "b", "c"]')}\n${classify} { answers: answers() }`,
      "answer",
    ).replace("pair.pooled", "image.cls"),
    said: "error[V954]: the head `answer` has 3,129 classes, but the data `some` have 3 classes",
    help: "write `classes: 3` in the head, in place of `answers` where it has that key; or list all in `classes` of the data, which may lack some",
  },
  {
    title: "fewer class names than the classes of the head",
    spec: specOf(
      `data some: labelled_images ${jsonl("good.jsonl")}\ndata other: labelled_images ${jsonl("good.jsonl", ', classes: ["a", "b"]')}\n` +
        `${classify} { classes: 3 }\nevaluate e on other using only { accuracy(answer) }`,
      "answer",
    ).replace("pair.pooled", "image.cls"),
    said: "error[V954]: the head `answer` has 3 classes, but the data `other` have 2 classes",
    help: "`answer` learns numbers: list in `classes` of these data what each of them means, from 0, whether it occurs or not",
  },
  {
    title: "a single class",
    spec: specOf(
      `data some: labelled_images { format: folder, images: "birds/val" }\n${classify} { classes: 2 }`,
      "answer",
    ).replace("pair.pooled", "image.cls"),
    said: "error[V954]: the head `answer` has 2 classes, but the data `some` have 1 class",
    help: "with one class there is nothing to choose: name data that have at least two",
  },
  {
    title: "a label outside the classes of the head",
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
    title: "other answers in the evaluation's data",
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
    title: "classes missing from the folder of another split",
    spec: `${specOf(
      `data some: labelled_images { format: folder, images: "birds/train" }
data unseen: labelled_images { format: folder, images: "birds/val" }\n${classify} { classes: 2 }`,
      "answer",
    ).replace("pair.pooled", "image.cls")}evaluate score on unseen using only { accuracy }\n`,
    said: "error[V957]: the data `some` and `unseen` do not have the same classes in the same order: only `some` has `owl`",
    help: 'write `classes: from(some)` in `unseen`, or `classes: "classes.txt"` in both, a file of one a line',
  },
  {
    title: "a missing list of answers",
    spec: specOf(
      `data some: questions ${jsonl("good.jsonl", ', answers: "none.txt"')}\n${classify} { classes: 1, loss: bce }`,
      "answer",
    ),
    said: "error[V910]: cannot read `none.txt`: it does not exist",
    help: "check that the path in the data block names a file that can be read; a relative one starts from the folder of the specification",
  },
  {
    title: "classes taken from data without class names",
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
    help: "read it as `pairs` of `format: coco`, with the file as `annotations`",
  },
  {
    title: "one mistake in many records, once",
    spec: specOf(`data some: pairs ${jsonl("captions.jsonl")}\n${contrast}`),
    said: "error[V912]: the record has no field `text`; it has `image`, `caption` (and 41 more records)",
    label: "captions.jsonl:1",
    help: 'write `fields { text: "caption" }` in the data block',
  },
  {
    title: "names with one mistake in common, once",
    spec: specOf(`data some: pairs ${jsonl("loud.jsonl")}\n${contrast}`),
    said: "error[V916]: there is no image `images/RED.png` (and 2 more records)",
    label: "loud.jsonl:1",
    help: "there is `red.png`: capitals and small letters are distinguished",
  },
];

describe.each([
  { command: "check --data", args: ["check", "FILE", "--data"] },
  { command: "train", args: ["train", "FILE", "--out", "OUT", "--engine", "reference"] },
])("$command reports", ({ args }) => {
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

test("`--decode` decodes all images and so finds truncated ones", async () => {
  const spec = specOf(`data some: pairs ${jsonl("cut.jsonl")}\n${contrast}`);
  expect(await run(spec, ["check", "FILE", "--data"])).toMatchObject({ exit: 0 });
  const { exit, stdout, stderr } = await run(spec, ["check", "FILE", "--decode"]);
  expect([exit, stdout]).toEqual([
    1,
    expect.stringContaining("✗ some: 6 pairs, 2 image files (1 of them cannot be decoded)"),
  ]);
  expect(stderr).toMatch(/error\[V917\]: cannot decode the image `images\/cut\.jpg`: it is cut off/);
  expect(stderr).toContain("cut.jsonl:4");
});

describe("errors in records hide no image that cannot be decoded:", () => {
  const formats = {
    folder: 'images { format: folder, images: "mixed/images" }',
    classes: 'labelled_images { format: folder, images: "mixed" }',
    jsonl: 'images { format: jsonl, records: "mixed.jsonl", images: "mixed/images" }',
  };
  const [byName, byHeader] = [
    ["bitmap.bmp", "drawing.svg", "phone.heic"],
    ["empty.jpg", "words.png"],
  ];

  test.each([
    { data: formats.folder, option: "--data", told: [...byName, ...byHeader] },
    { data: formats.folder, option: "--decode", told: [...byName, "cut.jpg", ...byHeader] },
    { data: formats.classes, option: "--data", told: [...byName, ...byHeader] },
    { data: formats.jsonl, option: "--data", told: ["gone.png", "7", "../secret.png", "words.png"] },
    { data: formats.jsonl, option: "--decode", told: ["gone.png", "7", "../secret.png", "words.png", "cut.jpg"] },
  ])("$option of $data reports $told", async ({ data, option, told }) => {
    const heads = `head patches: masked_patches(image.patches) { mask: random(40%), targets: pixels }`;
    const { exit, stderr } = await run(specOf(`data some: ${data}\n${heads}`, "patches"), ["check", "FILE", option]);
    const messages = stderr.match(/(?<=^error\[V\d+\]: ).*/gm) ?? [];
    expect(messages).toEqual(told.map((name) => expect.stringContaining(name)));
    expect(exit).toBe(1);
  });
});

test("`--decode` finds mask classes outside those of the head", async () => {
  const blocks = `data some: masks { format: folder, images: "streets", masks: "masks" }
head seg: segment(image.layer(1)) { classes: 4 }`;
  const spec = specOf(blocks, "seg").replace("batch: 4", "batch: 2");
  const { exit, stderr } = await run(spec, ["check", "FILE", "--decode"]);
  expect(stderr).toContain("error[V955]: `2.png` has the label 5, but the classes of the head `seg` are 0..3\n");
  expect(stderr).toContain("they are counted from 0, and 255 is none");
  expect([exit, stderr.match(/error\[/g)]).toEqual([1, ["error["]]);
  expect(await run(spec.replace("classes: 4", "classes: 6"), ["check", "FILE", "--decode"])).toMatchObject({ exit: 0 });
});

test("the first twenty mistakes of a block are shown and the rest counted", async () => {
  const { stderr } = await run(specOf(`data some: pairs ${jsonl("gone.jsonl")}\n${contrast}`), [
    "check",
    "FILE",
    "--data",
  ]);
  expect(stderr.match(/error\[V916\]/g)).toHaveLength(20);
  expect(stderr).toContain("error[V958]: the data `some` have 5 more mistakes\n");
  expect(stderr).toContain("= help: fix those above first; `on_error: skip` leaves broken records out and counts them");
});

test("mistakes in data, heads and vocabulary are reported together, by train before anything is computed", async () => {
  const spec = specOf(
    `data some: questions ${jsonl("good.jsonl", ", items: 9")}\n${classify} { classes: 2, loss: bce }`,
  )
    .replace("learn: contrast", "learn: answer")
    .replace("vocabulary: 120", 'vocabulary: 120, file: "words.txt"')
    .replace("batch: 4", "batch: 8");
  const { stderr, exit } = await run(spec, ["train", "FILE", "--out", "OUT", "--engine", "reference"]);
  expect(stderr.match(/error\[V\d+\]/g)).toEqual(["error[V953]", "error[V954]", "error[V919]", "error[V956]"]);
  expect(exit).toBe(1);
});
