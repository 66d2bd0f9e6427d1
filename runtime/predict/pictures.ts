// Predicted masks as files: the class numbers as a greyscale PNG, and the image overlaid with their colours.
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { maskPng, overlaid, type ImageFile } from "../data/index.js";
import { systemError } from "../errors/system-error.js";
import { makeFolder } from "../formats/make-folder.js";
import type { Answer, Prediction } from "./answer.js";

/** The longer side of an overlay, in pixels. */
const OVERLAY = 512;

/** A prediction of classes per pixel. */
export type Regions = Extract<Answer, { form: "regions" }>;

/** Writes predictions with pixels into a folder, named after the images; skips others. Rejects with V923. */
export function pictureWriter(folder: string): (prediction: Prediction) => Promise<void> {
  const taken = new Set<string>();
  return async ({ question: { images }, answer }) => {
    const [image] = images;
    if (answer.form !== "regions" || image === undefined) return;
    const name = freeName(path.parse(image.path).name, taken);
    await write(path.join(folder, `${name}.png`), await maskOf(answer));
    await write(path.join(folder, `${name}.overlay.png`), await overlayOf(image, answer));
  };
}

/** The class numbers as a PNG, as large as the image. */
export async function maskOf({ classes }: Regions): Promise<Uint8Array> {
  return maskPng({ ...classes, data: Uint8Array.from(classes.data) });
}

/** The image overlaid with the colours of its classes, as a PNG. */
export async function overlayOf(image: ImageFile, { classes }: Regions): Promise<Uint8Array> {
  const { bytes } = await overlaid({ image, classes }, OVERLAY);
  return bytes;
}

/** Images in different folders may have the same name. */
function freeName(name: string, taken: Set<string>): string {
  const free = taken.has(name) ? freeName(`${name}_`, taken) : name;
  taken.add(free);
  return free;
}

async function write(file: string, bytes: Uint8Array): Promise<void> {
  await makeFolder(path.dirname(file));
  await writeFile(file, bytes).catch((error: unknown) => {
    throw systemError("V923", file, error);
  });
}
