// Tables and archives that contain their samples, and what `vlmo init` finds in them.
import * as tables from "../../support/tables.js";
import { tarOf } from "../../support/tar.js";
import { image, numbers, textOf, type Row } from "./folders.js";

/** An archive of samples, each with an image and the other members given. */
const archive = async (more: (i: number) => Readonly<Record<string, string>>): Promise<Buffer> => {
  const samples = numbers.map(async (i) => [
    { name: `${i}.png`, bytes: await image(10 + i) },
    ...Object.entries(more(i)).map(([ending, bytes]) => ({ name: `${i}.${ending}`, bytes })),
  ]);
  return tarOf((await Promise.all(samples)).flat());
};
const captioned = await archive((i) => ({ txt: textOf(i) }));

/** One row per format. */
export const tableRows: readonly Row[] = [
  {
    what: "shards of WebDataset",
    files: { "cc-0000.tar": captioned, "cc-0001.tar": await archive((i) => ({ txt: `more of ${textOf(i)}` })) },
    found: "pairs of webdataset | cc-*.tar | split",
  },
  {
    what: "an archive with captions in JSON, in splits",
    files: {
      "train.tar": await archive((i) => ({ json: JSON.stringify({ width: 8, caption: textOf(i) }) })),
      "val.tar": await archive((i) => ({ json: JSON.stringify({ width: 8, caption: textOf(i) }) })),
    },
    found: "pairs of webdataset | train.tar | val.tar",
  },
  {
    what: "an archive with class names",
    files: { "pets.tar": await archive((i) => ({ cls: i % 2 ? "dog" : "cat" })) },
    found: "labelled_images of webdataset | pets.tar | split",
  },
  {
    what: "an archive with class numbers",
    files: { "pets.tar": await archive((i) => ({ cls: String(i % 3) })) },
    found: "labelled_images of webdataset | pets.tar | split",
  },
  {
    what: "an archive of images",
    files: { "all.tar": await archive(() => ({})) },
    found: "images of webdataset | all.tar | split",
  },
  {
    what: "Hugging Face's Parquet, in splits of several files",
    files: {
      "data/train-00000-of-00002.parquet": tables.snappyParquet,
      "data/train-00001-of-00002.parquet": tables.zstdParquet,
      "data/validation-00000-of-00001.parquet": tables.gzipParquet,
      "README.md": "a card",
    },
    found: "labelled_images of parquet | data/train-*.parquet | data/validation-*.parquet",
  },
  {
    what: "a data set saved by Hugging Face's `datasets`",
    files: {
      "dataset_dict.json": '{"splits": ["train", "test"]}',
      "train/data-00000-of-00001.arrow": tables.streamArrow,
      "train/state.json": '{\n  "_fingerprint": "1"\n}',
      "test/data-00000-of-00001.arrow": tables.streamArrow,
    },
    found: "labelled_images of arrow | train/data-*.arrow | test/data-*.arrow",
  },
  {
    what: "ViLT's Arrow, with a list of captions per image",
    files: { "flickr_train.arrow": tables.viltArrow },
    found: "pairs of arrow | flickr_train.arrow | split",
  },
  {
    what: "ViLT's captions in Parquet",
    files: { "flickr_train.parquet": tables.viltParquet },
    found: "pairs of parquet | flickr_train.parquet | split",
  },
];
