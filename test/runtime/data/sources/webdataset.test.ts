// WebDataset archives: samples, their contents, and errors for broken archives.
import { describe, expect, it, test } from "vitest";
import { gzipSync } from "node:zlib";
import sharp from "sharp";

import { trainingBatches } from "../../../../runtime/data/batches/batch-source.js";
import { filesOf, unreadable } from "../../../../runtime/data/images/headers.js";
import { createImageLoader } from "../../../../runtime/data/images/image.js";
import type { DataKind } from "../../../../runtime/data/sources/data-set.js";
import { openSource } from "../../../support/sources.js";
import { tarOf, type Entry } from "../../../support/tar.js";
import { itemsOf, useDisk } from "../disk.js";

const disk = useDisk();

const png = (red: number) =>
  sharp({ create: { width: 4, height: 4, channels: 3, background: { r: red, g: 0, b: 0 } } })
    .png()
    .toBuffer();
const image = await png(255);

interface Given {
  readonly kind?: DataKind;
  readonly [setting: string]: unknown;
}

async function open(
  shards: Readonly<Record<string, readonly Entry[] | Buffer>>,
  { kind = "pairs", ...more }: Given = {},
) {
  const archives = Object.entries(shards).map(([name, entries]) => [
    name,
    Buffer.isBuffer(entries) ? entries : tarOf(entries),
  ]);
  await disk.write(Object.fromEntries(archives));
  return openSource("webdataset", kind, { shards: Object.keys(shards), ...more }, disk.folder);
}

/** A sample with an image and a text. */
const sample = (key: string, text = `text of ${key}`): Entry[] => [
  { name: `${key}.png`, bytes: image },
  { name: `${key}.txt`, bytes: text },
];

test("an archive of which an image was repaired holds the same records in another file", async () => {
  const digests = async (bytes: Buffer) => {
    const entries = [...sample("1"), { name: "2.png", bytes }, { name: "2.txt", bytes: "two" }];
    return [...(await open({ "a.tar": entries })).digests.values()][0];
  };
  const [before, after] = [
    await digests(image.subarray(0, 30)),
    await digests(Buffer.concat([image, Buffer.alloc(20_000)])),
  ];
  expect(after?.records).toBe(before?.records);
  expect(after?.files).not.toBe(before?.files);
});

describe("samples", () => {
  it("are members with a common name up to the first dot, in order", async () => {
    const set = await open({
      "a.tar": [{ name: "d/", type: "5" }, ...sample("d/1"), ...sample("d/2")],
      "b.tar": sample("1"),
    });
    expect(itemsOf(set).map(({ name, text }) => [name, text])).toEqual([
      ["a.tar:d/1", "text of d/1"],
      ["a.tar:d/2", "text of d/2"],
      ["b.tar:1", "text of 1"],
    ]);
    expect(set.notes).toEqual([]);
  });

  it.each<[what: string, given: Given, members: readonly (readonly [name: string, bytes: string])[], item: object]>([
    ["a class", { kind: "labelled_images" }, [["1.cls", "3\n"]], { label: 3 }],
    ["a named class", { kind: "labelled_images", classes: ["dog", "cat"] }, [["1.cls", "cat"]], { label: 1 }],
    ["a text in JSON", { fields: { text: "txt;json.caption" } }, [["1.json", '{"caption": "red"}']], { text: "red" }],
    ["a member with another extension", {}, [["1.CAPTION", "red"]], { text: "red" }],
    [
      "a truth value",
      { kind: "statements" },
      [
        ["1.txt", "red"],
        ["1.cls", "1"],
      ],
      { text: "red", label: 1 },
    ],
    [
      "answers",
      { kind: "questions" },
      [
        ["1.txt", "what?"],
        ["1.json", '{"answer": ["red", "red"]}'],
      ],
      { answers: [{ index: 0, score: 1 }] },
    ],
  ])("may contain %s", async (_, given, members, item) => {
    const others = members.map(([name, bytes]) => ({ name, bytes }));
    const set = await open({ "a.tar": [{ name: "1.jpg", bytes: image }, ...others] }, given);
    expect(set.item(0)).toMatchObject({ ...item, images: [{ inside: { name: "1.jpg", size: image.length } }] });
  });

  it("may contain two images, masks and several texts", async () => {
    const two = [
      { name: "1.left.png", bytes: image },
      { name: "1.right.png", bytes: image },
    ];
    const texts = { name: "1.json", bytes: '{"texts": ["one", "two"], "truth": [true, false]}' };
    const fields = { image: ["left.png", "right.png"], text: "json.texts", label: "json.truth" };
    const set = await open({ "a.tar": [...two, texts] }, { kind: "statements", fields });
    expect(itemsOf(set).map(({ images, text, label }) => [images.length, text, label])).toEqual([
      [2, "one", 1],
      [2, "two", 0],
    ]);
    const masks = await open(
      {
        "a.tar": [
          { name: "1.jpg", bytes: image },
          { name: "1.mask.png", bytes: image },
        ],
      },
      { kind: "masks" },
    );
    expect(masks.item(0)).toMatchObject({ mask: { inside: { name: "1.mask.png" } } });
  });

  it("are found in shards given by a range or a wildcard", async () => {
    const shards = { "s-08.tar": sample("8"), "s-09.tar": sample("9"), "s-10.tar": sample("10") };
    for (const pattern of ["s-{08..10}.tar", "s-*.tar"]) {
      expect(itemsOf(await open(shards, { shards: [pattern] })).map(({ name }) => name)).toEqual([
        "s-08.tar:8",
        "s-09.tar:9",
        "s-10.tar:10",
      ]);
    }
    expect(await disk.mistakes(open(shards, { shards: ["s-{08..11}.tar"] }))).toEqual([
      "V910 s-11.tar cannot read `s-11.tar`: it does not exist",
    ]);
    expect(await disk.mistakes(open(shards, { shards: ["t-*.tar"] }))).toEqual([
      "V910 t-*.tar cannot read `t-*.tar`: no file in its folder has such a name",
    ]);
  });

  it("do not include hidden members and those without an extension, which is noted", async () => {
    const set = await open({
      "a.tar": [{ name: "._1.png", bytes: "x" }, { name: "README", bytes: "x" }, ...sample("1")],
    });
    expect(set.length).toBe(1);
    expect(set.notes?.map(({ says, names }) => [says, names])).toEqual([
      ["1 hidden member is left out", ["._1.png"]],
      ["1 member without an ending is left out", ["README"]],
    ]);
    const more = await open({ "a.tar": sample("1"), "b.tar": [] });
    expect(more.notes).toEqual([{ says: "1 archive holds no samples", count: 1, names: ["b.tar"] }]);
  });
});

describe("images in archives", () => {
  it("have the pixels of the same files on disk", async () => {
    const set = await open({
      "a.tar": [{ name: "1.txt", bytes: "dark" }, { name: "1.png", bytes: await png(10) }, ...sample("2")],
    });
    const loader = createImageLoader();
    const levels = await Promise.all(
      itemsOf(set).map(async ({ images: [first] }) => first && (await loader.load(first, 2)).data[0]),
    );
    expect(levels).toEqual([10, 255]);
    expect(await unreadable(filesOf(set))).toEqual([]);
    expect(filesOf(set)).toHaveLength(2);
  });

  it("are reported with archive and member if invalid", async () => {
    const broken = [
      { name: "2.png", bytes: image.subarray(0, image.length - 20) },
      { name: "2.txt", bytes: "cut off" },
      { name: "3.png", bytes: "BM1234\0\0\0\0" },
      { name: "3.txt", bytes: "another format" },
    ];
    const set = await open({ "a.tar": [...sample("1"), ...broken] });
    const batches = trainingBatches({
      dataSet: set,
      needs: { image: { size: 4, channels: 3, count: 1, augment: [] } },
      batch: 1,
      seed: 1,
      onError: "skip",
    });
    await batches.next();
    await batches.next();
    await batches.close();
    expect(
      batches
        .skipped()
        .map(({ item, reason }) => [item, reason.replaceAll(`${disk.folder}/`, "")])
        .sort(),
    ).toEqual([
      ["a.tar:2", "V917: cannot decode the image `a.tar: 2.png`: it is cut off"],
      ["a.tar:3", "V917: cannot decode the image `a.tar: 3.png`: it is a BMP image, which is not supported"],
    ]);
  });
});

describe("broken archives", () => {
  const cut = tarOf([...sample("1"), ...sample("2")]).subarray(0, 2600);

  it.each<[what: string, second: readonly Entry[] | Buffer, said: string, left: number]>([
    [
      "an image without a text",
      [...sample("1"), { name: "2.png", bytes: image }],
      "V912 b.tar the record has no field `2.txt;text;caption`; it has `png`",
      2,
    ],
    [
      "a text without an image",
      [...sample("1"), { name: "2.txt", bytes: "x" }],
      "V912 b.tar the record has no field `2.jpg;jpeg;png;webp;gif;tif;tiff;avif`; it has `txt`",
      2,
    ],
    [
      "an empty text",
      [...sample("1"), ...sample("2", " ")],
      "V914 b.tar the field `2.txt;text;caption` is an empty text: it has no tokens",
      2,
    ],
    [
      "a text that is not UTF-8",
      [...sample("1"), { name: "2.png", bytes: image }, { name: "2.txt", bytes: Buffer.from([0xe9]) }],
      "V913 b.tar the field `2.txt` should be text in UTF-8, but is other bytes",
      2,
    ],
    [
      "a sample in two places",
      [...sample("1"), ...sample("2"), ...sample("1")],
      "V959 b.tar `b.tar` cannot be used: the members of its sample `1` do not follow one another",
      3,
    ],
    [
      "a duplicate member",
      [...sample("1"), ...sample("2"), { name: "2.txt", bytes: "again" }],
      "V959 b.tar `b.tar` cannot be used: its member `2.txt` occurs twice",
      3,
    ],
    [
      "a link",
      [...sample("1"), { name: "2.png", type: "2" }, ...sample("2")],
      "V959 b.tar `b.tar` cannot be used: its member `2.png` is a link, and samples are of files",
      3,
    ],
    [
      "truncation",
      cut,
      "V910 b.tar cannot read `b.tar`: it is cut off: the member `2.png` continues past its end; the last whole member is `1.txt`",
      2,
    ],
    [
      "a compressed archive",
      gzipSync(tarOf(sample("1"))),
      "V982 b.tar `b.tar` is packed by gzip, not a tar archive",
      1,
    ],
  ])("report %s, or leave it out with `on_error: skip`", async (_, second, said, left) => {
    const shards = { "a.tar": sample("0"), "b.tar": second };
    expect(await disk.mistakes(open(shards))).toEqual([said]);
    const set = await open(shards, { on_error: "skip" });
    expect([set.length, set.skipped?.length]).toEqual([left, 1]);
  });

  it("report invalid JSON, and paths in it that leave the folder", async () => {
    const entries = [
      { name: "1.json", bytes: '{"a": }' },
      { name: "2.json", bytes: '{"image": "../x.png", "txt": 1}' },
    ];
    const fields = { image: ["json.image"], text: "json.txt" };
    expect(await disk.mistakes(open({ "a.tar": entries }, { fields }))).toEqual([
      "V913 a.tar the field `1.json` should be an object of JSON, but is no JSON: column 7: a value is missing before `}`",
      "V913 a.tar the field `2.json.txt` should be a text, but is 1",
    ]);
    expect(await disk.mistakes(open({ "a.tar": entries.slice(1) }, { kind: "images", fields }))).toEqual([
      "V915 a.tar the image path `../x.png` leads out of ``",
    ]);
  });
});
