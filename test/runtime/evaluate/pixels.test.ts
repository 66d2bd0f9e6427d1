// Mean IoU and pixel accuracy at the masks' own size, against their definitions and torch's interpolation.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { createImageLoader, type DataSet, type Extent, type Item, type Raster } from "../../../runtime/data/index.js";
import { metricOf } from "../../../runtime/evaluate/metrics.js";
import { createPixelCounter } from "../../../runtime/evaluate/pixels.js";
import { createSaidClasses, type LogitMap } from "../../../runtime/evaluate/said-classes.js";
import { samplesOf } from "../../../runtime/evaluate/samples.js";
import { wholeImages } from "../../../runtime/evaluate/views.js";
import { stream } from "../../../runtime/random.js";
import { float32, type Tensor } from "../../../runtime/tensor.js";
import { fileOf, pngOf } from "../../support/image-files.js";
import { nothingOf } from "../../support/gathered.js";
import { specOf } from "../../support/specs.js";

const folder = mkdtempSync(path.join(tmpdir(), "vlmo-pixels-"));
afterAll(() => rmSync(folder, { recursive: true }));

const head = specOf("test/conformance/heads.vlmo").heads.get("pixels");
if (head === undefined) throw new Error("no head");
const classes = 3;

/** A mask file of this size with random classes. */
function maskOf(name: string, [width, height]: readonly [number, number], labels: readonly number[]) {
  const random = stream(1, name);
  const data = Array.from({ length: height }, () => Uint8Array.from({ length: width }, () => random.pick(labels)));
  const file = fileOf(folder, `${name}.png`, pngOf({ width, height, bits: 8, colours: 0, rows: data }));
  return { name, width, height, data, file };
}

type Mask = ReturnType<typeof maskOf>;

const masks = [
  maskOf("a", [7, 5], [0, 1, 255]),
  maskOf("b", [4, 9], [0, 0, 0, 1]),
  maskOf("c", [3, 3], [255]),
] as const;

function dataSetOf(all: readonly Mask[]): DataSet {
  const items = all.map(({ name, file }): Item => ({ name, images: [file], mask: file }));
  const item = (index: number): Item => items[index] ?? { name: "none", images: [] };
  const [length, supplies] = [items.length, new Set(["image", "mask"] as const)];
  return { name: "made", kind: "masks", supplies, length, digests: new Map(), item, classes: ["sky", "sea", "land"] };
}

/** Random logits of [side, side]; class 2 only if it may be predicted. */
function logitsOf(count: number, side: number, most: number): Tensor {
  const random = stream(2, "logits");
  const data = Float32Array.from({ length: count * side * side * classes }, (_, i) =>
    i % classes < most ? random.normal() : -100,
  );
  return float32([count, side, side, classes], data);
}

const metric = { name: "mean_iou", arguments: [], head: null, rerank: null, windows: null, span: head.span } as const;

/** The gathered outputs for masks, in batches of one size. */
async function gatheredOf(all: readonly Mask[], logits: Tensor, size: number) {
  if (head === undefined) throw new Error("no head");
  const dataSet = dataSetOf(all);
  const images = createImageLoader(0);
  const counter = createPixelCounter({ head, images, dataSet, size: 8, onError: "stop", shown: new Set([0]) });
  const one = logits.data.length / all.length;
  for (let from = 0; from < all.length; from += size) {
    const rows = Math.min(size, all.length - from);
    const data = Float32Array.from(logits.data.subarray(from * one, (from + rows) * one));
    for (let row = 0; row < rows; row++)
      await counter.count(float32([rows, ...logits.shape.slice(1)], data), row, wholeImages(dataSet).of(from + row));
  }
  return { ...nothingOf(dataSet), pixels: new Map([[metric, counter.counts]]) };
}

/** The classes predicted by the logits of a whole image at a size. */
function classesAt(logits: LogitMap, to: Extent): Raster<Uint16Array> {
  const { side } = logits;
  const { add, said } = createSaidClasses({ width: side, height: side }, to, classes);
  expect(add({ logits, left: 0, top: 0, size: side })).toBe(true);
  return said;
}

describe.each([2, 3])("with %i of three classes predicted", (most) => {
  const logits = logitsOf(masks.length, 4, most);
  const one = logits.data.length / masks.length;
  /** Targets and predictions of all pixels of all masks. */
  const pixels = masks.flatMap(({ width, height, data }, i) => {
    const map = { side: 4, classes, data: logits.data.subarray(i * one, (i + 1) * one) };
    const said = classesAt(map, { width, height }).data;
    return data.flatMap((row, y) => [...row].map((truth, x) => ({ truth, said: said[y * width + x] ?? 0 })));
  });
  const counted = pixels.filter(({ truth }) => truth !== 255);
  const overlapOf = (c: number): number => {
    const both = counted.filter(({ truth, said }) => truth === c && said === c).length;
    return both / counted.filter(({ truth, said }) => truth === c || said === c).length;
  };
  const met = [0, 1, 2].filter((c) => counted.some(({ truth, said }) => truth === c || said === c));

  test.each([1, 2, 3])("mean IoU and pixel accuracy equal their definitions in batches of %i", async (size) => {
    const gathered = await gatheredOf(masks, logits, size);
    const [overlap, accuracy] = metricOf(metric, head, gathered);
    expect(overlap).toMatchObject({ name: "pixels mean_iou", unit: "overlap", items: 3, noun: "images" });
    expect(met).toHaveLength(most);
    expect(overlap?.value).toBeCloseTo(met.reduce((sum, c) => sum + overlapOf(c), 0) / met.length, 12);
    expect(overlap?.parts).toEqual(
      ["sky", "sea", "land"].map((name, c) => ({ name, value: met.includes(c) ? overlapOf(c) : null })),
    );
    const right = counted.filter(({ truth, said }) => truth === said).length / counted.length;
    expect(accuracy).toMatchObject({ name: "pixels pixel_accuracy", value: right });
    // Predicting the most frequent class everywhere: its share of the pixels, over the two classes that occur.
    const share = counted.filter(({ truth }) => truth === 0).length / counted.length;
    expect(accuracy?.chance).toBeCloseTo(share, 12);
    expect(overlap?.chance).toBeCloseTo(share / 2, 12);
  });
});

test("logits are interpolated as in torch (align_corners=False), and the first of equal classes is predicted", () => {
  // Class 1 has the logits 0 and 4 in a row, interpolated to 0, 1, 3, 4; class 0 has 2 everywhere, class 2 never more.
  const data = Float32Array.from([2, 0, 0, 2, 4, 2, 2, 0, 0, 2, 4, 2]);
  expect([...classesAt({ side: 2, classes, data }, { width: 4, height: 1 }).data]).toEqual([0, 0, 1, 1]);
  expect([...classesAt({ side: 2, classes, data }, { width: 3, height: 1 }).data]).toEqual([0, 0, 1]);
});

test("a class outside those of the head is reported with its item", async () => {
  const all = [maskOf("beyond", [2, 2], [7])];
  await expect(gatheredOf(all, logitsOf(1, 2, 3), 1)).rejects.toThrow(
    "`beyond` has the label 7, but the classes of the head `pixels` are 0..2",
  );
});

test("the example shows the image overlaid with prediction and target in the colours of the classes", async () => {
  const gathered = await gatheredOf(masks, logitsOf(masks.length, 4, 2), 3);
  const samples = samplesOf({ head, gathered, tokenizer: null });
  const [sample] = samples;
  expect(samples).toHaveLength(1);
  expect(sample).toMatchObject({
    form: "regions",
    text: "a",
    truth: { kind: "overlay", classes: { width: 7, height: 5 } },
    said: { kind: "overlay", classes: { width: 7, height: 5 } },
    legend: [
      { name: "sky", colour: "#000000" },
      { name: "sea", colour: "#800000" },
    ],
  });
});
