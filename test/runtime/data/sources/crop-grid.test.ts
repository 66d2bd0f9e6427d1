// `crop_grid` in every format with image files.
import { expect, it } from "vitest";
import { openSource } from "../../../support/sources.js";
import { snappyParquet, streamArrow } from "../../../support/tables.js";
import { tarOf } from "../../../support/tar.js";
import { createImageLoader } from "../../../../runtime/data/images/image.js";
import { itemsOf, redImage, useDisk } from "../disk.js";

const disk = useDisk();

const files = {
  "images/a.png": null,
  "folder/a.png": null,
  "images/1.png": null,
  "images/train-1-0.png": null,
  "images/dev-1-img0.png": null,
  "images/dev-1-img1.png": null,
  "records.jsonl": JSON.stringify({ image: "a.png", text: "x" }),
  "coco.json": JSON.stringify({
    images: [{ id: 1, file_name: "a.png" }],
    annotations: [{ image_id: 1, caption: "x" }],
  }),
  "karpathy.json": JSON.stringify({ images: [{ filename: "a.png", split: "train", sentences: [{ raw: "x" }] }] }),
  "table.csv": "image,text\na.png,x\n",
  "questions.json": JSON.stringify({ questions: [{ image_id: 1, question_id: 1, question: "x" }] }),
  "nlvr.json": JSON.stringify({ identifier: "1", directory: ".", sentence: "x", label: "true" }),
  "nlvr2.json": JSON.stringify({ identifier: "dev-1-0", sentence: "x", label: "True" }),
  "a.tar": tarOf([
    { name: "1.png", bytes: redImage },
    { name: "1.txt", bytes: "x" },
  ]),
  "table.arrow": streamArrow,
  "table.parquet": snappyParquet,
};
const images = "images";

it.each([
  ["jsonl", "pairs", { images, records: "records.jsonl" }],
  ["csv", "pairs", { images, records: "table.csv" }],
  ["coco", "pairs", { images, annotations: "coco.json" }],
  ["karpathy", "pairs", { images, annotations: "karpathy.json" }],
  ["vqa2", "questions", { images, questions: "questions.json", image_names: "0.png" }],
  ["nlvr", "statements", { images, records: "nlvr.json", split: "train" }],
  ["nlvr2", "statements", { images, records: "nlvr2.json" }],
  ["folder", "images", { images: "folder" }],
  ["folder", "masks", { images: "folder", masks: "folder" }],
  ["webdataset", "pairs", { shards: ["a.tar"] }],
] as const)("%s arranges boxes of %s as a grid", async (format, kind, settings) => {
  await disk.write(files);
  // The image is 4 × 4 pixels, all red.
  const grid = { boxes: [[0, 0, 2, 2], [1, 1, 2, 2], [2, 2, 2, 2]], columns: 2 }; // prettier-ignore
  const open = (more: object) => openSource(format, kind, { ...settings, ...more }, disk.folder);
  const [plain, laid] = [itemsOf(await open({})), itemsOf(await open({ crop_grid: grid }))];
  expect(laid).toHaveLength(1);
  const { data } = await createImageLoader().load(imageOf(laid), 4);
  const whites = [...Array(16).keys()].filter((at) => data[3 * at + 1] === 255);
  expect(whites).toEqual([10, 11, 14, 15]);
  expect(laid[0]?.mask).toEqual(plain[0]?.mask && expect.objectContaining({ cropGrid: grid }));
  expect(imageOf(laid).key).not.toBe(imageOf(plain).key);
});

it.each([
  ["arrow", ["table.arrow"]],
  ["parquet", ["table.parquet"]],
] as const)("%s arranges boxes of images in a table as a grid", async (format, names) => {
  await disk.write(files);
  // The images are 2 × 2 pixels.
  const grid = { boxes: [[0, 0, 1, 1], [1, 1, 1, 1], [0, 1, 1, 1]], columns: 2 }; // prettier-ignore
  const set = await openSource(format, "labelled_images", { files: names, crop_grid: grid }, disk.folder);
  const { data } = await createImageLoader().load(imageOf(itemsOf(set)), 2);
  expect([0, 1, 2, 3].map((at) => data[3 * at])).toEqual([10, 10, 10, 255]);
});

function imageOf([item]: ReturnType<typeof itemsOf>) {
  const [image] = item?.images ?? [];
  if (image === undefined) throw new Error("no image");
  return image;
}
