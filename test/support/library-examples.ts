// The examples of docs/library.md, and the files of the folder they run in.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { smallQuickstart } from "./small-quickstart.js";

/** Their code, in the order of the page. */
export function libraryExamples(): string[] {
  return [...readFileSync("docs/library.md", "utf8").matchAll(/```ts\n(.*?)```/gs)].map(([, text = ""]) => text);
}

/** Writes the files that the examples use: a smaller quickstart, an image, and a folder of twelve. */
export async function furnish(folder: string): Promise<void> {
  for (const name of ["specs", "photos"]) mkdirSync(join(folder, name));
  writeFileSync(join(folder, "specs/quickstart.vlmo"), smallQuickstart());
  const pictures = ["photo.png", ...Array.from({ length: 12 }, (_, i) => `photos/${i}.png`)];
  for (const [i, name] of pictures.entries()) {
    const background = { r: 200 - 10 * i, g: 48, b: 32 };
    await sharp({ create: { width: 60, height: 40, channels: 3, background } }).toFile(join(folder, name));
  }
}
