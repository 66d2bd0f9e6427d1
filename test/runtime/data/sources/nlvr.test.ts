// Statements in the files of NLVR and NLVR2: identifiers refer to the images, labels have two notations.
import { describe, expect, it } from "vitest";

import type { DataSet } from "../../../../runtime/data/sources/data-set.js";
import { openSource } from "../../../support/sources.js";
import { itemsOf, useDisk } from "../disk.js";

const disk = useDisk();

const lines = (records: readonly unknown[]) => records.map((record) => `${JSON.stringify(record)}\n`).join("");

async function nlvr2(records: readonly unknown[], more: object = {}): Promise<DataSet> {
  await disk.write({
    "dev.json": lines(records),
    "images/dev-1-0-img0.png": null,
    "images/dev-1-0-img1.png": null,
    "images/49/train-2-1-img0.png": null,
    "images/49/train-2-1-img1.png": null,
  });
  return openSource("nlvr2", "statements", { records: "dev.json", images: "images", ...more }, disk.folder);
}

const imagesOf = (set: DataSet) =>
  itemsOf(set).map(({ images }) => images.map(({ key }) => key.slice(`${disk.folder}/images/`.length)));

const dev = { identifier: "dev-1-0-3", sentence: "Both are red.", label: "True", left_url: "http://x/a.png" };

describe("nlvr2", () => {
  it("finds the two images of an identifier, in the record's folder", async () => {
    const set = await nlvr2([dev, { ...dev, identifier: "train-2-1-0", directory: 49, label: "False" }]);
    expect(imagesOf(set)).toEqual([
      ["dev-1-0-img0.png", "dev-1-0-img1.png"],
      ["49/train-2-1-img0.png", "49/train-2-1-img1.png"],
    ]);
    expect(itemsOf(set)).toMatchObject([{ name: "dev.json:1", text: "Both are red.", label: 1 }, { label: 0 }]);
    expect([...set.supplies]).toEqual(["images", "text", "label"]);
  });

  it("identifies a sentence by its identifier without the image pair's number", async () => {
    const records = [dev, { ...dev, identifier: "dev-1-0-2" }, { ...dev, identifier: "train-2-1-3", directory: 49 }];
    const set = await nlvr2(records);
    expect(itemsOf(set).map(({ sentence }) => sentence)).toEqual(["dev-1--3", "dev-1--2", "train-2--3"]);
  });

  it.each([["True"], ["true"], [true], [1]])("reads the label %j as true", async (label) => {
    expect((await nlvr2([{ ...dev, label }])).item(0).label).toBe(1);
  });

  it("reads a test set without labels", async () => {
    const { label, ...unlabelled } = dev;
    expect([...(await nlvr2([unlabelled])).supplies]).toEqual(["images", "text"]);
    expect(await disk.mistakes(nlvr2([dev, unlabelled]))).toEqual([
      "V912 dev.json:2 the record has no field `label`; it has `identifier`, `sentence`, `left_url`",
    ]);
    expect(label).toBe("True");
  });

  it.each<[what: string, record: object, said: string]>([
    [
      "an invalid identifier",
      { ...dev, identifier: "17" },
      'V913 dev.json:2 the field `identifier` should be one as `dev-850-0-1`, the images\' name and the number of the sentence, but is "17"',
    ],
    [
      "no identifier",
      { sentence: "x", label: true },
      "V912 dev.json:2 the record has no field `identifier`; it has `sentence`, `label`",
    ],
    [
      "no sentence",
      { identifier: "dev-1-0-0", label: true },
      "V912 dev.json:2 the record has no field `sentence`; it has `identifier`, `label`",
    ],
    [
      "an empty sentence",
      { ...dev, sentence: "" },
      "V914 dev.json:2 the field `sentence` is an empty text: it has no tokens",
    ],
    [
      "an invalid label",
      { ...dev, label: "maybe" },
      'V913 dev.json:2 the field `label` should be one of `false`, `true`, but is "maybe"',
    ],
    [
      "missing images",
      { ...dev, identifier: "dev-2-0-0" },
      "V916 dev.json:2 there is no image `images/dev-2-0-img0.png`",
    ],
    [
      "a path that leaves the folder",
      { ...dev, directory: "../.." },
      "V915 dev.json:2 the image path `../../dev-1-0-img0.png` leads out of `images`",
    ],
  ])("reports %s, or leaves it out", async (_, record, said) => {
    expect(await disk.mistakes(nlvr2([dev, record]))).toEqual([said]);
    expect((await nlvr2([dev, record], { on_error: "skip" })).length).toBe(1);
  });
});

describe("nlvr", () => {
  it("finds the drawings of an identifier, one for each requested permutation of boxes", async () => {
    const record = { identifier: "3990-1", directory: "49", sentence: "There is a box.", label: "true", evals: {} };
    await disk.write({
      "train.json": lines([record]),
      "images/49/train-3990-1-0.png": null,
      "images/49/train-3990-1-4.png": null,
    });
    const open = (more: object) =>
      openSource(
        "nlvr",
        "statements",
        { records: "train.json", images: "images", split: "train", ...more },
        disk.folder,
      );
    expect(imagesOf(await open({}))).toEqual([["49/train-3990-1-0.png"]]);
    const both = await open({ permutations: [0, 4] });
    expect(imagesOf(both)).toEqual([["49/train-3990-1-0.png"], ["49/train-3990-1-4.png"]]);
    expect(itemsOf(both).map(({ sentence }) => sentence)).toEqual(["train-3990", "train-3990"]);
    expect([...both.supplies]).toEqual(["image", "text", "label"]);
  });
});
