// Arrow and Parquet tables written by pyarrow: records, pixels of embedded images, and errors.
import { describe, expect, it } from "vitest";

import { filesOf, sampled, unreadable } from "../../../../runtime/data/images/headers.js";
import { createImageLoader } from "../../../../runtime/data/images/image.js";
import type { DataKind, DataSet } from "../../../../runtime/data/sources/data-set.js";
import { openSource } from "../../../support/sources.js";
import * as tables from "../../../support/tables.js";
import { itemsOf, useDisk } from "../disk.js";

const disk = useDisk();

interface Given {
  readonly kind?: DataKind;
  readonly [setting: string]: unknown;
}

async function open(
  format: "arrow" | "parquet",
  table: Buffer,
  { kind = "labelled_images", ...more }: Given = {},
): Promise<DataSet> {
  await disk.write({ table });
  return openSource(format, kind, { files: ["table"], ...more }, disk.folder);
}

/** The red level of each image's first pixel. */
async function reds(set: DataSet): Promise<unknown[]> {
  const loader = createImageLoader();
  return Promise.all(itemsOf(set).map(async ({ images: [image] }) => image && (await loader.load(image, 2)).data[0]));
}

const captions = { kind: "pairs", fields: { text: "caption" } } as const;

describe("tables", () => {
  it.each<[what: string, format: "arrow" | "parquet", table: Buffer]>([
    ["an Arrow stream", "arrow", tables.streamArrow],
    ["Parquet packed by Snappy", "parquet", tables.snappyParquet],
    ["Parquet packed by Zstandard", "parquet", tables.zstdParquet],
    ["Parquet packed by gzip", "parquet", tables.gzipParquet],
  ])("give Hugging Face's images with labels: %s", async (_, format, table) => {
    const set = await open(format, table);
    expect(itemsOf(set).map(({ name, label }) => [name, label])).toEqual([
      ["table:1", 0],
      ["table:2", 1],
      ["table:3", 2],
    ]);
    expect(await reds(set)).toEqual([10, 20, 30]);
    expect(await reds(set)).toEqual([10, 20, 30]);
    expect(await unreadable(filesOf(set))).toEqual([]);
    expect(sampled(filesOf(set), 2)).toHaveLength(2);
  });

  it.each<[what: string, format: "arrow" | "parquet", table: Buffer]>([
    ["Arrow", "arrow", tables.viltArrow],
    ["Parquet", "parquet", tables.viltParquet],
  ])("give a pair for each of ViLT's captions: %s", async (_, format, table) => {
    const set = await open(format, table, captions);
    expect(itemsOf(set).map(({ name, text }) => [name, text])).toEqual([
      ["table:1[0]", "one"],
      ["table:1[1]", "two é"],
      ["table:2[0]", "three"],
      ["table:3[0]", "four"],
    ]);
    expect(await reds(set)).toEqual([10, 10, 20, 30]);
    const chosen = await open(format, table, { ...captions, where: { field: "image_id", is: ["8"] } });
    expect(itemsOf(chosen).map(({ text }) => text)).toEqual(["three"]);
  });

  it("are read in stretches of a file or a row group", async () => {
    expect((await open("arrow", tables.streamArrow)).parts).toEqual([
      { records: 3, stretches: { starts: Int32Array.of(0), buffer: 10_000 } },
    ]);
    const set = await open("parquet", tables.snappyParquet, { shuffle: 7 });
    expect(set.parts).toEqual([{ records: 3, stretches: { starts: Int32Array.of(0, 2), buffer: 7 } }]);
  });

  const damaged = Buffer.from(tables.streamArrow);
  damaged.fill(0xee, 24, 60);

  it.each<{ what: string; format: "arrow" | "parquet"; table: Buffer; given: Given; said: string }>([
    {
      what: "a missing column",
      format: "arrow",
      table: tables.viltArrow,
      given: { kind: "pairs" },
      said: "V912 table the table has no column `text`; it has `kind`, `skip`, `image`, `caption`, `image_id`, `flag`",
    },
    {
      what: "a missing column",
      format: "parquet",
      table: tables.viltParquet,
      given: { kind: "pairs" },
      said: "V912 table the table has no column `text`; it has `image`, `caption`, `image_id`",
    },
    {
      what: "a column of another type",
      format: "arrow",
      table: tables.viltArrow,
      given: { fields: { label: "kind" } },
      said: "V959 table `table` cannot be used: its column `kind` is of a type that is not read",
    },
    {
      what: "a missing value",
      format: "arrow",
      table: tables.viltArrow,
      given: { kind: "statements", fields: { text: "caption", label: "flag" } },
      said: "V913 table:1 the field `flag` should be a list of 2, one for each text, but is true",
    },
    {
      what: "compressed columns",
      format: "arrow",
      table: tables.compressedArrow,
      given: {},
      said: "V959 table `table` cannot be used: its columns are compressed, and are read from where they lie",
    },
    {
      what: "a truncated file",
      format: "arrow",
      table: tables.viltArrow.subarray(0, 1500),
      given: captions,
      said: "V910 table cannot read `table`: it is cut off: its end is missing",
    },
    {
      what: "a truncated stream",
      format: "arrow",
      table: tables.streamArrow.subarray(0, 600),
      given: {},
      said: "V910 table cannot read `table`: it is cut off: records continue past its end",
    },
    {
      what: "a damaged schema",
      format: "arrow",
      table: damaged,
      given: {},
      said: "V910 table cannot read `table`: it is damaged",
    },
    {
      what: "a truncated table",
      format: "parquet",
      table: tables.snappyParquet.subarray(0, 300),
      given: {},
      said: "V910 table cannot read `table`: it is cut off, damaged, or written in a way that is not read",
    },
    {
      what: "the other format",
      format: "parquet",
      table: tables.viltArrow,
      given: {},
      said: "V982 table `table` is a table of Apache Arrow, not a table of Apache Parquet",
    },
    {
      what: "text",
      format: "arrow",
      table: Buffer.from("image,label\na,1\n"),
      given: {},
      said: "V982 table `table` is a table with commas (CSV), not a table of Apache Arrow",
    },
  ])("report $what in $format", async ({ format, table, given, said }) => {
    expect((await disk.mistakes(open(format, table, given)))[0]).toEqual(said);
  });

  it("report a missing image when it is needed", async () => {
    const set = await open("parquet", tables.gapParquet, { kind: "pairs" });
    expect((await unreadable(filesOf(set))).map(({ message }) => message.replaceAll(`${disk.folder}/`, ""))).toEqual([
      "cannot decode the image `table: image of row 2`: the row has no bytes there",
    ]);
  });
});
