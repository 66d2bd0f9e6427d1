// Folders of data for tests of `vlmo init`.
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import sharp from "sharp";

/** A number stands for an image with this level in its lower half; bytes are the file's contents. */
export type Files = Readonly<Record<string, string | number | Buffer>>;

/** The files of a folder, and what is found in it. */
export interface Row {
  readonly what: string;
  readonly files: Files;
  /** Kind and format; training data; held-out data, `split` if the files have no splits. */
  readonly found: string;
}

export const numbers = Array.from({ length: 12 }, (_, i) => i);
export const each = (make: (i: number) => readonly [string, string | number]): Files =>
  Object.fromEntries(numbers.map(make));
export const photos = (folder: string, more = ""): Files => each((i) => [`${folder}/${i}${more}.png`, 10 + i]);
export const lines = (make: (i: number) => object): string =>
  numbers.map((i) => `${JSON.stringify(make(i))}\n`).join("");
const texts = ["a red dog", "two cats on a mat", "the sea at night"];
export const textOf = (i: number): string => `${texts[i % 3] ?? ""} ${i}`;
export const coco = (): string =>
  JSON.stringify({
    info: {},
    images: numbers.map((id) => ({ id, file_name: `${id}.png`, width: 8, height: 8 })),
    annotations: numbers.map((id) => ({ id, image_id: id, caption: textOf(id) })),
  });

/** Creates a folder with these files. */
export async function folderOf(files: Files): Promise<string> {
  const folder = mkdtempSync(path.join(tmpdir(), "vlmo-init-"));
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(folder, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, typeof content === "number" ? await image(content) : content);
  }
  return folder;
}

/** 8 × 8 pixels of grey, the upper half black. */
export async function image(level: number): Promise<Buffer> {
  const data = Buffer.alloc(64).fill(level, 32);
  return sharp(data, { raw: { width: 8, height: 8, channels: 1 } })
    .toColourspace("b-w")
    .png()
    .toBuffer();
}
