// Codes of folders that train without Node (`vlmo build --emit torch --out`), V646–V648.
import type { CodeEntry } from "./data-codes.js";

/** By code. */
export const folderCodes = {
  V646: {
    message: (h: { stage: string; reason: string }) =>
      `stage \`${h.stage}\` ${h.reason}, which a folder for Python alone does not do`,
    help: "train that stage with `vlmo train`, and build the folder of others with `--stage`: their checkpoints are the same",
    explain:
      "The folder that `vlmo build --emit torch --out` writes holds the programs of a stage and reads prepared data; what else `vlmo train` can " +
      "do is refused rather than done otherwise. docs/cluster.md lists what is supported.",
  },
  V647: {
    message: (h: { data: string; reason: string }) =>
      `Python alone cannot read the images of \`${h.data}\`: ${h.reason}`,
    help: "write them as shards, `vlmo data pack FILE DATA --stage STAGE --out FOLDER`, and let the stage read the data block that this shows",
    explain:
      "The folder names the place of each image in a file or in a tar archive. Drawings, tables and images that are rearranged have no such place.",
  },
  V648: {
    message: (h: { stage: string; data: string }) => `stage \`${h.stage}\` reads no images of \`${h.data}\``,
    help: "leave out --stage, or name a stage whose model has images",
    explain: "With `--stage`, `vlmo data pack` writes images at the size and with the channels of that stage's model.",
  },
} satisfies Readonly<Record<string, CodeEntry>>;
