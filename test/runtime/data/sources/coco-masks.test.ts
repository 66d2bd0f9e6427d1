// Masks drawn from COCO's object outlines: covered pixels, overlaps, and errors in the file.
import { describe, expect, it } from "vitest";

import type { DataSet } from "../../../../runtime/data/sources/data-set.js";
import { classesIn } from "../../../../runtime/data/images/mask.js";
import { openSource } from "../../../support/sources.js";
import { itemsOf, useDisk } from "../disk.js";

const disk = useDisk();

const categories = [
  { id: 3, name: "cat" },
  { id: 18, name: "dog" },
];
const photo = { id: 7, file_name: "a.png", width: 5, height: 4 };

interface Content {
  readonly images?: readonly object[];
  readonly categories?: readonly object[];
  readonly annotations: readonly object[];
}

/** Opens instances of one image of 5 × 4 pixels unless others are given; `a.png` and `b.png` exist. */
async function coco({ annotations, ...content }: Content, more: object = {}): Promise<DataSet> {
  const whole = annotations.map((each) => ({ image_id: 7, category_id: 3, iscrowd: 0, ...each }));
  const text = JSON.stringify({ images: [photo], categories, ...content, annotations: whole });
  await disk.write({ "instances.json": text, "photos/a.png": null, "photos/b.png": null });
  return openSource("coco", "masks", { annotations: "instances.json", images: "photos", ...more }, disk.folder);
}

/** The class numbers of an item, one line per row; `x` is no class. */
async function drawing(set: DataSet, index = 0): Promise<string[]> {
  const { mask } = set.item(index);
  if (mask?.kind !== "file") throw new Error("no mask in a file");
  const { width, height, data } = await classesIn(mask);
  const rows = Array.from({ length: height }, (_, row) => [...data.subarray(row * width, (row + 1) * width)]);
  return rows.map((row) => row.map((label) => (label === 255 ? "x" : String(label))).join(""));
}

const square = [1, 1, 4, 1, 4, 3, 1, 3];

describe("a mask of COCO's instances", () => {
  it.each<[what: string, segmentation: unknown, rows: string[]]>([
    ["a polygon with vertices at pixel corners", [square], ["00000", "01110", "01110", "00000"]],
    ["a polygon of opposite orientation", [[1, 3, 4, 3, 4, 1, 1, 1]], ["00000", "01110", "01110", "00000"]],
    ["a triangle", [[0, 0, 4, 4, 0, 4]], ["10000", "11000", "11100", "11110"]],
    ["two polygons", [[0, 0, 2, 0, 2, 1, 0, 1], square], ["11000", "01110", "01110", "00000"]],
    ["a polygon beyond the image on every side", [[-2, -2, 7, -2, 7, 6, -2, 6]], Array(4).fill("11111")],
    ["a polygon beyond the image at the right", [[3, 1, 9, 1, 9, 3, 3, 3]], ["00000", "00011", "00011", "00000"]],
    ["a polygon without pixels", [[1.2, 1.2, 1.3, 1.2, 1.3, 1.3]], Array(4).fill("00000")],
    ["run lengths, in column order", { size: [4, 5], counts: [5, 3, 4, 2, 6] }, ["00010", "01010", "01000", "01000"]],
    ["run lengths in compressed form", { size: [4, 5], counts: "534O2" }, ["00010", "01010", "01000", "01000"]],
    ["run lengths that start inside the object", { size: [4, 5], counts: [0, 4, 16] }, Array(4).fill("10000")],
  ])("is drawn from %s", async (_, segmentation, rows) => {
    expect(await drawing(await coco({ annotations: [{ segmentation }] }))).toEqual(rows);
  });

  it("decompresses numbers of more than five bits", async () => {
    const images = [{ ...photo, width: 10, height: 10 }];
    // 40, 33, 27: 8 + 32 · 1, 1 + 32 · 1, and 27 + 32 · 0, whose highest bit would otherwise be a sign.
    const set = await coco({ images, annotations: [{ segmentation: { size: [10, 10], counts: "X1Q1k0" } }] });
    const all = (await drawing(set)).join("");
    expect([...all].filter((label) => label === "1")).toHaveLength(33);
  });

  it("has smaller objects over larger ones, crowds below both as no class, and the rest as background", async () => {
    const annotations = [
      { segmentation: [[2, 1, 3, 1, 3, 3, 2, 3]], category_id: 18 },
      { segmentation: [square] },
      { segmentation: { size: [4, 5], counts: [1, 3, 1, 3, 12] }, iscrowd: 1 },
    ];
    const set = await coco({ annotations });
    expect(set.classes).toEqual(["background", "cat", "dog"]);
    expect(await drawing(set)).toEqual(["00000", "x1210", "x1210", "xx000"]);
  });

  it("has the background as no class, and the first category as 0, with `reduce_zero_label`", async () => {
    const annotations = [{ segmentation: [square] }, { segmentation: [[0, 0, 1, 0, 1, 1, 0, 1]], category_id: 18 }];
    const set = await coco({ annotations }, { reduce_zero_label: true });
    expect(set.classes).toEqual(["cat", "dog"]);
    expect(await drawing(set)).toEqual(["1xxxx", "x000x", "x000x", "xxxxx"]);
  });

  it("draws the categories listed in `classes`, in their order, and leaves others background", async () => {
    const annotations = [{ segmentation: [square] }, { segmentation: [[0, 0, 1, 0, 1, 1, 0, 1]], category_id: 18 }];
    const both = await coco({ annotations }, { classes: ["nothing", "dog", "cat"] });
    expect(await drawing(both)).toEqual(["10000", "02220", "02220", "00000"]);
    const one = await coco({ annotations }, { classes: ["nothing", "dog"] });
    expect([one.classes, await drawing(one)]).toEqual([
      ["nothing", "dog"],
      ["10000", "00000", "00000", "00000"],
    ]);
  });

  it("exists for every image of the file, also without objects, which is noted", async () => {
    const images = [photo, { ...photo, id: 8, file_name: "b.png" }];
    const set = await coco({ images, annotations: [{ segmentation: [square] }] });
    expect(itemsOf(set).map(({ name }) => name)).toEqual(["instances.json:images[0]", "instances.json:images[1]"]);
    expect(await drawing(set, 1)).toEqual(Array(4).fill("00000"));
    expect(set.notes).toEqual([{ says: "1 image shows nothing of the classes", count: 1, names: ["b.png"] }]);
  });
});

describe("instances that cannot be drawn", () => {
  it.each<[what: string, annotation: object, said: string]>([
    [
      "boxes alone",
      { bbox: [0, 0, 1, 1] },
      "V912 the record has no field `annotations[0].segmentation`; it has `image_id`, `category_id`, `iscrowd`, `bbox`",
    ],
    [
      "an object without outline",
      { segmentation: [] },
      "V913 the field `annotations[0].segmentation` should be a list of polygons, or runs of pixels (`counts` and `size`), but is []",
    ],
    [
      "a polygon of two vertices",
      { segmentation: [[0, 0, 1, 1]] },
      "V913 the field `annotations[0].segmentation[0]` should be x and y of three corners or more, but is [0,0,1,1]",
    ],
    [
      "vertices far outside",
      { segmentation: [[0, 0, 1e9, 0, 1, 1]] },
      "V913 the field `annotations[0].segmentation[0]` should be corners in the pixels of its image, which has 5 × 4, but is 1000000000",
    ],
    [
      "run lengths of another image size",
      { segmentation: { size: [5, 4], counts: [20] } },
      "V913 the field `annotations[0].segmentation.size` should be the height and width of its image, [4, 5], but is [5,4]",
    ],
    [
      "run lengths that end before the image",
      { segmentation: { size: [4, 5], counts: [5, 3] } },
      "V913 the field `annotations[0].segmentation.counts` should be runs of all 20 pixels, but is runs of 8",
    ],
    [
      "invalid compressed run lengths",
      { segmentation: { size: [4, 5], counts: "é" } },
      'V913 the field `annotations[0].segmentation.counts` should be lengths of runs of pixels, but is "é"',
    ],
    [
      "an unlisted category",
      { segmentation: [square], category_id: 4 },
      "V913 the field `annotations[0].category_id` should be the `id` of an entry of `categories`, but is 4",
    ],
    [
      "an unlisted image",
      { segmentation: [square], image_id: 70 },
      "V913 the field `annotations[0].image_id` should be the `id` of an entry of `images`, but is 70",
    ],
    [
      "an invalid `iscrowd`",
      { segmentation: [square], iscrowd: "yes" },
      'V913 the field `annotations[0].iscrowd` should be 0 or 1, but is "yes"',
    ],
  ])("are refused for %s", async (_, annotation, said) => {
    const found = await disk.mistakes(coco({ annotations: [annotation] }));
    expect(found.map((text) => text.replace("instances.json ", ""))).toEqual([said]);
  });

  it("leave their image out with `on_error: skip`, as its mask would be wrong", async () => {
    const images = [photo, { ...photo, id: 8, file_name: "b.png" }];
    const annotations = [{ segmentation: [] }, { segmentation: [square], image_id: 8 }, { segmentation: [square] }];
    const set = await coco({ images, annotations }, { on_error: "skip" });
    expect(itemsOf(set).map(({ name }) => name)).toEqual(["instances.json:images[1]"]);
    expect(set.skipped).toHaveLength(1);
  });

  it.each<[what: string, classes: string[], said: string]>([
    ["an unknown category", ["background", "cats"], "`cats` cannot be drawn: it is not a category of the file"],
    [
      "no background class",
      ["cat", "dog"],
      "`cat` cannot be drawn: it is a category, and the first class is what lies in no object",
    ],
  ])("are refused for a list of classes with %s", async (_, classes, said) => {
    const found = await disk.mistakes(coco({ annotations: [{ segmentation: [square] }] }, { classes }));
    expect(found).toEqual([`V978 instances.json the class ${said}`]);
  });

  it("are recognised in place of captions, and captions in place of outlines", async () => {
    await coco({ annotations: [{ segmentation: [square], bbox: [0, 0, 1, 1] }] });
    const settings = { annotations: "instances.json", images: "photos" };
    expect(await disk.mistakes(openSource("coco", "pairs", settings, disk.folder))).toEqual([
      expect.stringMatching(/^V982 .*is COCO's boxes and outlines of objects, not COCO captions/) as string,
    ]);
    await disk.write({
      "captions.json": JSON.stringify({ images: [photo], annotations: [{ id: 1, image_id: 7, caption: "a cat" }] }),
    });
    const captions = { ...settings, annotations: "captions.json" };
    expect(await disk.mistakes(openSource("coco", "masks", captions, disk.folder))).toEqual([
      expect.stringMatching(/^V982 .*is COCO captions, not COCO's outlines of objects/) as string,
    ]);
  });
});
