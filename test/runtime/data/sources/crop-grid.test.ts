// `crop_grid`: every format that names image files lays their boxes out.
import { expect, it } from "vitest";
import { openSource } from "../../../support/sources.js";
import { createImageLoader } from "../../../../runtime/data/images/image.js";
import { itemsOf, useDisk } from "../disk.js";

const disk = useDisk();

const files = {
  "images/a.png": null,
  "records.jsonl": JSON.stringify({ image: "a.png", text: "x" }),
  "coco.json": JSON.stringify({
    images: [{ id: 1, file_name: "a.png" }],
    annotations: [{ image_id: 1, caption: "x" }],
  }),
  "karpathy.json": JSON.stringify({ images: [{ filename: "a.png", split: "train", sentences: [{ raw: "x" }] }] }),
};

it.each([
  ["jsonl", "pairs", { records: "records.jsonl" }],
  ["coco", "pairs", { annotations: "coco.json" }],
  ["karpathy", "pairs", { annotations: "karpathy.json" }],
  ["folder", "images", {}],
  ["folder", "masks", { masks: "images" }],
] as const)("%s lays boxes of %s out as a grid", async (format, kind, settings) => {
  await disk.write(files);
  // The image is 4 × 4 pixels, all red.
  const grid = { boxes: [[0, 0, 2, 2], [1, 1, 2, 2], [2, 2, 2, 2]], columns: 2 }; // prettier-ignore
  const open = (more: object) => openSource(format, kind, { images: "images", ...settings, ...more }, disk.folder);
  const [plain, laid] = [itemsOf(await open({})), itemsOf(await open({ crop_grid: grid }))];
  expect(laid).toHaveLength(1);
  const { data } = await createImageLoader().load(imageOf(laid), 4);
  const whites = [...Array(16).keys()].filter((at) => data[3 * at + 1] === 255);
  expect(whites).toEqual([10, 11, 14, 15]);
  expect(laid[0]?.mask).toEqual(plain[0]?.mask && expect.objectContaining({ cropGrid: grid }));
  expect(imageOf(laid).key).not.toBe(imageOf(plain).key);
});

function imageOf([item]: ReturnType<typeof itemsOf>) {
  const [image] = item?.images ?? [];
  if (image === undefined) throw new Error("no image");
  return image;
}
