// Masks that a model has said, as files: the class numbers as a PNG of levels, and the image under their colours.
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import sharp from "sharp";
import { overlaid } from "../data/index.js";
import { systemError } from "../errors/system-error.js";
import type { Prediction } from "./answer.js";

/** The longer side of an overlay, in pixels. */
const OVERLAY = 512;

/** Writes what has pixels into a folder, by the names of the images; others are passed over. Rejects with V923. */
export function pictureWriter(folder: string): (prediction: Prediction) => Promise<void> {
  const taken = new Set<string>();
  return async ({ question: { images }, answer }) => {
    const [image] = images;
    if (answer.form !== "regions" || image === undefined) return;
    const name = freeName(path.parse(image.path).name, taken);
    const { classes } = answer;
    const { width, height, data } = classes;
    const levels = Uint8Array.from(data);
    const mask = await sharp(levels, { raw: { width, height, channels: 1 } })
      .toColourspace("b-w")
      .png()
      .toBuffer();
    const { bytes } = await overlaid({ image, classes }, OVERLAY);
    await write(path.join(folder, `${name}.png`), mask);
    await write(path.join(folder, `${name}.overlay.png`), bytes);
  };
}

/** Images of several folders may have one name. */
function freeName(name: string, taken: Set<string>): string {
  const free = taken.has(name) ? freeName(`${name}_`, taken) : name;
  taken.add(free);
  return free;
}

async function write(file: string, bytes: Uint8Array): Promise<void> {
  try {
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, bytes);
  } catch (error) {
    throw systemError("V923", file, error);
  }
}
