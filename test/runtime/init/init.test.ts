// `vlmo init`: recognised contents of folders, and specifications that pass `check --data` and train.
import { existsSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { chosenIn } from "../../../runtime/init/choose.js";
import { listingOf } from "../../../runtime/init/listing.js";
import { writeSpecification } from "../../../runtime/init/init.js";
import { disk } from "../../../runtime/cli/load-spec.js";
import { oneOf } from "../../support/long.js";
import { inProcess } from "../cli/in-process.js";
import { coco, each, folderOf, lines, numbers, photos, textOf, type Row } from "./folders.js";
import { tableRows } from "./table-rows.js";

const outlines = (): string =>
  JSON.stringify({
    images: numbers.map((id) => ({ id, file_name: `${id}.png`, width: 8, height: 8 })),
    annotations: numbers.map((id) => ({
      id,
      image_id: id,
      category_id: 1 + (id % 2),
      iscrowd: 0,
      bbox: [0, 0, 4, 4],
      area: 16,
      segmentation: [[0, 0, 4, 0, 4, 4, 0, 4]],
    })),
    categories: ["dog", "cat"].map((name, i) => ({ id: i + 1, name, supercategory: "animal" })),
  });
const karpathy = (): string =>
  JSON.stringify({
    images: numbers.map((i) => ({
      filepath: "val2014",
      filename: `${i}.png`,
      split: i < 9 ? "train" : "test",
      sentences: [{ raw: textOf(i) }],
    })),
    dataset: "coco",
  });
const questions = JSON.stringify({
  info: {},
  data_subtype: "train2014",
  questions: numbers.map((i) => ({ image_id: i, question: "what is it?", question_id: i })),
});
const answers = JSON.stringify({
  annotations: numbers.map((i) => ({
    question_type: "what",
    multiple_choice_answer: "dog",
    answers: Array.from({ length: 3 }, (_, n) => ({
      answer: i % 2 ? "dog" : "cat",
      answer_confidence: "yes",
      answer_id: n,
    })),
    image_id: i,
    answer_type: "other",
    question_id: i,
  })),
});

const rows: readonly Row[] = [
  {
    what: "a table with semicolons",
    files: { ...photos("a"), "all.csv": ["file;caption", ...numbers.map((i) => `a/${i}.png;${textOf(i)}`)].join("\n") },
    found: "pairs of csv | all.csv | split",
  },
  {
    what: "masks in a folder of any name beside an image folder",
    files: { ...photos("images"), ...each((i) => [`outlines/${i}.png`, i % 2]) },
    found: "masks of folder | images | split",
  },
  {
    what: "Flickr8k as downloaded",
    files: {
      ...photos("Images"),
      "captions.txt": ["image,caption", ...numbers.map((i) => `${i}.png,${textOf(i)} .`)].join("\n"),
    },
    found: "pairs of csv | captions.txt | split",
  },
  {
    what: "Flickr30k's table, separated by bars",
    files: {
      ...photos("flickr30k_images"),
      "results.csv": ["image_name| comment_number| comment", ...numbers.map((i) => `${i}.png| 0| ${textOf(i)}`)].join(
        "\n",
      ),
    },
    found: "pairs of csv | results.csv | split",
  },
  {
    what: "classes in a table with semicolons",
    files: {
      ...photos("a"),
      "all.csv": ["image;label", ...numbers.map((i) => `${i}.png;${i % 2 ? "dog" : "cat"}`)].join("\n"),
    },
    found: "labelled_images of csv | all.csv | split",
  },
  {
    what: "texts named captions",
    files: { "captions.txt": numbers.map((i) => `${textOf(i)} and so on\n`).join("") },
    found: "texts of lines | *.txt | split",
  },
  { what: "images", files: photos("holiday"), found: "images of folder | . | split" },
  {
    what: "images in splits",
    files: { ...photos("train"), ...photos("val") },
    found: "images of folder | train | val",
  },
  {
    what: "a folder for each class",
    files: { ...photos("pets/cat"), ...photos("pets/dog/young") },
    found: "labelled_images of folder | pets | split",
  },
  {
    what: "a folder for each class, in splits",
    files: { ...photos("train/cat"), ...photos("train/dog"), ...photos("valid/cat"), ...photos("valid/dog") },
    found: "labelled_images of folder | train | valid",
  },
  {
    what: "images and masks with the same names",
    files: { ...photos("images"), ...each((i) => [`masks/${i}.png`, i % 3]) },
    found: "masks of folder | images | split",
  },
  {
    what: "images and masks, in nested splits",
    files: {
      ...photos("train/img"),
      ...each((i) => [`train/segmentation/${i}.png`, 1]),
      ...photos("test/img"),
      ...each((i) => [`test/segmentation/${i}.png`, 1]),
    },
    found: "masks of folder | train/img | test/img",
  },
  {
    what: "COCO's captions, beside its outlines",
    files: {
      ...photos("train2017"),
      ...photos("val2017"),
      "annotations/captions_train2017.json": coco(),
      "annotations/captions_val2017.json": coco(),
      "annotations/instances_train2017.json": outlines(),
    },
    found: "pairs of coco | annotations/captions_train2017.json | annotations/captions_val2017.json",
  },
  {
    what: "COCO's outlines",
    files: { ...photos("images"), "instances.json": outlines() },
    found: "masks of coco | instances.json | split",
  },
  {
    what: "Karpathy's splits",
    files: { ...photos("coco/val2014"), "dataset_coco.json": karpathy() },
    found: "pairs of karpathy | dataset_coco.json | split",
  },
  {
    what: "VQA v2",
    files: {
      ...each((i) => [`train2014/COCO_train2014_${String(i).padStart(12, "0")}.png`, i]),
      "v2_OpenEnded_mscoco_train2014_questions.json": questions,
      "v2_mscoco_train2014_annotations.json": answers,
    },
    found: "questions of vqa2 | v2_OpenEnded_mscoco_train2014_questions.json | split",
  },
  {
    what: "NLVR2",
    files: {
      ...each((i) => [`dev/dev-${i}-0-img0.png`, i]),
      ...each((i) => [`dev/dev-${i}-0-img1.png`, i]),
      "dev.json": lines((i) => ({
        sentence: textOf(i),
        identifier: `dev-${i}-0-0`,
        label: i % 2 ? "True" : "False",
        left_url: "",
      })),
    },
    found: "statements of nlvr2 | dev.json | split",
  },
  {
    what: "captions in records, with other field names",
    files: { ...photos("photos"), "captions.jsonl": lines((i) => ({ file_name: `${i}.png`, caption: textOf(i) })) },
    found: "pairs of jsonl | captions.jsonl | split",
  },
  {
    what: "captions in a table, beside a list of image sources",
    files: {
      ...photos("photos"),
      "attribution.csv": ["image,author", ...numbers.map((i) => `https://example.org/${i}.png,someone`)].join("\n"),
      "captions.csv": ["path,title", ...numbers.map((i) => `photos/${i}.png,"${textOf(i)}"`)].join("\n"),
    },
    found: "pairs of csv | captions.csv | split",
  },
  {
    what: "classes in a table",
    files: {
      ...photos("photos"),
      "train.csv": ["path,class", ...numbers.map((i) => `photos/${i}.png,${i % 2 ? "dog" : "cat"}`)].join("\n"),
      "dev.csv": ["path,class", "photos/0.png,bird"].join("\n"),
    },
    found: "labelled_images of csv | train.csv | dev.csv",
  },
  {
    what: "questions in records",
    files: {
      ...photos("photos"),
      "qa.jsonl": lines((i) => ({ image: `photos/${i}.png`, question: textOf(i), answer: i % 2 ? "yes" : "no" })),
    },
    found: "questions of jsonl | qa.jsonl | split",
  },
  {
    what: "statements about two images",
    files: {
      ...photos("photos"),
      "all.jsonl": lines((i) => ({
        left: `photos/${i}.png`,
        right: `photos/${i ^ 1}.png`,
        sentence: textOf(i),
        label: i % 2 > 0,
      })),
    },
    found: "statements of jsonl | all.jsonl | split",
  },
  {
    what: "numeric classes, the highest held out or not",
    files: { ...photos("photos"), "all.jsonl": lines((i) => ({ image: `${i}.png`, label: i })) },
    found: "labelled_images of jsonl | all.jsonl | split",
  },
  {
    what: "masks in records",
    files: {
      ...photos("photos"),
      ...each((i) => [`m/${i}.png`, i]),
      "all.jsonl": lines((i) => ({ image: `photos/${i}.png`, mask: `m/${i}.png` })),
    },
    found: "masks of jsonl | all.jsonl | split",
  },
  {
    what: "fewer images than a batch of four",
    files: { "0.png": 1, "1.png": 2 },
    found: "images of folder | . | split",
  },
  {
    what: "images with too many masks missing",
    files: { ...photos("images"), "masks/0.png": 1 },
    found: "images of folder | images | split",
  },
  {
    what: "captions with image names in another Unicode normal form",
    files: {
      ...each((i) => [`${"\u00e9".normalize("NFD")}${i}.png`, i]),
      "all.jsonl": lines((i) => ({ image: `\u00e9${i}.png`, caption: textOf(i) })),
    },
    found: "pairs of jsonl | all.jsonl | split",
  },
  ...tableRows,
  {
    what: "texts",
    files: { "README.txt": "about", "books/a.txt": numbers.map((i) => `${textOf(i)}\n`).join("") },
    found: "texts of lines | books/*.txt | split",
  },
];

describe("the contents of a folder are recognised:", () => {
  it.each(rows)("$what", async ({ files, found }) => {
    const { learnt, unseen } = await chosenIn(await listingOf(await folderOf(files)), null);
    const other = "learnt" in unseen ? "split" : unseen.at;
    expect(`${learnt.kind} of ${learnt.format} | ${learnt.at || "."} | ${other}`).toBe(found);
  });

  it("the requested kind, if there are several", async () => {
    const files = rows.find(({ what }) => what.startsWith("COCO's captions"))?.files ?? {};
    const { learnt, others } = await chosenIn(await listingOf(await folderOf(files)), "masks");
    expect(learnt.at).toBe("annotations/instances_train2017.json");
    expect([...new Set(others.map(({ kind }) => kind))]).toEqual(["pairs", "images"]);
  });
});

describe("the written specification", () => {
  it.each(oneOf(3, rows))("passes `check --data`: $what", async ({ files }) => {
    const { file, text } = await written(await folderOf(files));
    writeFileSync(file, text);
    const checked = await inProcess(["check", file, "--data"]);
    expect(checked).toMatchObject({ exit: 0, stderr: "" });
  });

  it.each(oneOf(5, rows))("trains, and is evaluated on held-out data: $what", async ({ files }) => {
    const { file, text } = await written(await folderOf(files));
    writeFileSync(file, text.replace(/steps: \d+\n/, "steps: 2\n").replace(/every \d+ steps/, "every 1 steps"));
    const out = path.join(path.dirname(file), "run");
    const quick = ["--set", "fitted.schedule.warmup=1 steps", "--threads", "1"];
    const trained = await inProcess(["train", file, "--out", out, ...quick, "--json"]);
    expect(trained.exit, trained.stdout).toBe(0);
    expect(existsSync(path.join(out, "report.html"))).toBe(true);
  });
});

async function written(folder: string): Promise<{ readonly file: string; readonly text: string }> {
  const file = path.join(folder, "spec.vlmo");
  const options = {
    folder,
    out: file,
    kind: null,
    from: null,
    seconds: 60,
    speed: () => Promise.resolve(1e12),
    access: disk,
  };
  return { file, text: (await writeSpecification(options)).text };
}
