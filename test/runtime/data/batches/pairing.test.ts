// Which texts are true of which images: by the names of images for training, by their bytes for evaluations.
import { describe, expect, test } from "vitest";
import sharp from "sharp";
import { pairingByContent, pairingOf, type DataSet, type Pairing } from "../../../../runtime/data/index.js";
import { openSource } from "../../../support/sources.js";
import { tarOf } from "../../../support/tar.js";
import { redImage, useDisk } from "../disk.js";

const disk = useDisk();

/** As many bytes as another image, other pixels. */
const blueImage = await sharp({ create: { width: 4, height: 4, channels: 3, background: "#0000ff" } })
  .png()
  .toBuffer();

const shown = ({ images, texts }: Pairing) => ({ images: [...images], texts: [...texts] });
const record = (image: unknown, text: string) => `${JSON.stringify({ image, text })}\n`;

interface Kind {
  readonly what: string;
  readonly open: () => Promise<DataSet>;
  readonly byName: readonly number[];
  readonly byContent: readonly number[];
}

describe("copies of an image are one image for evaluations:", () => {
  test.each<Kind>([
    {
      what: "an archive with a sample for each caption",
      open: async () => {
        const pictures = [redImage, redImage, blueImage, redImage];
        const entries = pictures.flatMap((bytes, i) => [
          { name: `${i}.png`, bytes },
          { name: `${i}.txt`, bytes: `text ${i}` },
        ]);
        await disk.write({ "a.tar": tarOf(entries) });
        return openSource("webdataset", "pairs", { shards: ["a.tar"] }, disk.folder);
      },
      byName: [0, 1, 2, 3],
      byContent: [0, 0, 1, 0],
    },
    {
      what: "copied files",
      open: async () => {
        const lines = ["a.png", "b.png", "a.png", "c.png"].map((image, i) => record(image, `text ${i}`));
        await disk.write({ "a.png": redImage, "b.png": blueImage, "c.png": redImage, "pairs.jsonl": lines.join("") });
        return openSource("jsonl", "pairs", { records: "pairs.jsonl" }, disk.folder);
      },
      byName: [0, 1, 0, 2],
      byContent: [0, 1, 0, 0],
    },
  ])("$what", async ({ open, byName, byContent }) => {
    const dataSet = await open();
    const texts = [0, 1, 2, 3];
    expect(shown(pairingOf(dataSet))).toEqual({ images: byName, texts });
    const pairing = await pairingByContent(dataSet);
    expect(shown(pairing)).toEqual({ images: byContent, texts });
    const own = texts.filter((text) => byContent[text] === 0);
    expect([...(pairing.textsOf[0] ?? [])]).toEqual(own);
    for (const text of own) expect([...(pairing.imagesOf[text] ?? [])]).toEqual([0]);
  });

  test("but not other cells of one grid", async () => {
    await disk.write({ "a.png": redImage, "b.png": redImage });
    const item = (i: number) => {
      const name = i % 2 === 0 ? "a" : "b";
      const cropGrid = { columns: 1, boxes: [[i < 2 ? 0 : 2, 0, 2, 4]] };
      const image = { kind: "file", key: `${name} ${i < 2}`, path: `${disk.folder}/${name}.png`, place: {}, cropGrid };
      return { name, images: [image], text: `text ${i}` };
    };
    // Boundary: a data set as far as a pairing reads it.
    const cells = { length: 4, item } as unknown as DataSet;
    expect([...(await pairingByContent(cells)).images]).toEqual([0, 0, 1, 1]);
  });
});
