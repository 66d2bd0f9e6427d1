// Images that compress like photographs.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";

/** JPEG files in `pictures` below a folder, each with a caption in `records.jsonl`. */
export async function writePhotographs(folder: string, count: number): Promise<void> {
  await mkdir(join(folder, "pictures"));
  const noise = { type: "gaussian", mean: 128, sigma: 60 } as const;
  const records: string[] = [];
  for (let i = 0; i < count; i++) {
    const drawn = sharp({ create: { width: 60, height: 40, channels: 3, background: "black", noise } });
    await drawn
      .blur(2)
      .jpeg()
      .toFile(join(folder, `pictures/${i}.jpg`));
    records.push(JSON.stringify({ image: `${i}.jpg`, text: `a picture of number ${i}` }));
  }
  await writeFile(join(folder, "pictures/records.jsonl"), `${records.join("\n")}\n`);
}
