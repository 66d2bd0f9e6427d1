// `vlmo check --data`: notes that are no mistakes, and lists of classes and answers taken from other data or files.
import { expect, test } from "vitest";
import { classify, contrast, jsonl, run, specOf, useDataFolder } from "./data-folder.js";

useDataFolder();

test("training counts the items of an epoch at its start, and notes a stage that is never validated", async () => {
  const spec = specOf(`data some: pairs ${jsonl("long.jsonl")}\n${contrast}`)
    .replace("steps: 1", "epochs: 3\n  validate: every 4 steps")
    .replace("schedule: constant", "schedule: linear(warmup: 1 epochs)");
  const { stdout, stderr, exit } = await run(spec, ["train", "FILE", "--out", "OUT-epochs", "--engine", "reference"]);
  expect(stdout).toContain("Stage only: 3 steps of 4 items");
  expect(stdout + stderr).toContain("stage `only` ends after 3 steps, before its first validation after 4 steps");
  expect(exit).toBe(0);
  const { stdout: plan } = await run(spec, ["plan", "FILE", "--device", "h100"]);
  expect(plan).toContain("  3 epochs (over items that are counted when it runs), batch 4");
  expect(plan).toMatch(/\/s .*, .* a million pairs\n/);
});

test("notes about valid data are printed under their block", async () => {
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
      "  note: all pairs have the same image: none is wrong for another, and `contrast` can learn nothing",
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

test("training notes data without negative pairs", async () => {
  const spec = specOf(`data some: pairs ${jsonl("good.jsonl")}\n${contrast}`);
  const { stdout, exit } = await run(spec, ["train", "FILE", "--out", "OUT-alike", "--engine", "reference"]);
  expect(stdout).toContain("some: all pairs have the same image: none is wrong for another, and `contrast` can learn");
  expect(exit).toBe(0);
});

test("text lengths are measured with a vocabulary from a file too, and are in --json", async () => {
  const spec = specOf(`data some: pairs ${jsonl("long.jsonl")}\n${contrast}`)
    .replace("vocabulary: 120", 'vocabulary: 7, file: "words.txt"')
    .replace("length: 12", "length: 8");
  const { stdout } = await run(spec, ["check", "FILE", "--data", "--json"]);
  expect(JSON.parse(stdout).data.blocks).toMatchObject([
    {
      notes: [{ says: expect.stringContaining("all pairs have the same image"), count: 1, names: [] }],
      texts: [
        { readers: ["only"], length: 8, texts: 6, read: 6, cut: 2, longest: { tokens: 14, item: "long.jsonl:4" } },
      ],
    },
  ]);
});

test("a stage and an evaluation run with lists taken from other data or a file", async () => {
  const blocks = `data some: questions ${jsonl("good.jsonl", ', answers: "answers.txt"')}
data unseen: questions ${jsonl("others.jsonl", ", answers: from(some)")}
${classify} { classes: 2, loss: bce }`;
  const spec = `${specOf(blocks, "answer")}evaluate score on unseen using only { vqa_score }\n`;
  const look = await run(spec, ["check", "FILE", "--data"]);
  expect(look.stdout).toContain("✓ unseen: 6 questions, 2 answers, 1 image file\n");
  const words = ["train", "FILE", "--out", "OUT", "--engine", "reference"];
  const { stdout, stderr, exit } = await run(spec, words);
  expect({ exit, stderr: exit === 0 ? "" : stderr }).toEqual({ exit: 0, stderr: "" });
  expect(stdout).toMatch(/score \(only\): answer/);
});

test("mistakes in data that lists are taken from are reported there, once", async () => {
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

test("valid data give one line per data set and vocabulary", async () => {
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
      "  note: all pairs have the same image: none is wrong for another, and `contrast` can learn nothing",
      "✓ rest: 6 questions, 1 answer, 1 image file",
      "✓ skipping: 5 pairs, 1 image file, 25 records left out",
      `  note: left out: ${[0, 1, 2].map((i) => `gone.jsonl:${i + 1}: V916 there is no image \`images/gone-${i}.png\``).join(", ")}, …`,
      "✓ drawn: N labelled images, 28 classes",
      "✓ words.txt: 7 tokens",
      "✓ some.vlmo: no mistakes found\n",
    ].join("\n"),
  );
  expect(exit).toBe(0);
});

test("--json has the same as data", async () => {
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

test("a specification with errors is not compared with the disk", async () => {
  const { stdout, stderr } = await run("vlmo 1\ndata some: pairs { format: jsonl }\n", ["check", "FILE", "--data"]);
  expect(stderr).not.toMatch(/V9\d\d/);
  expect(stdout).toContain("1 error");
});
