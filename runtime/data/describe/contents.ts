// Identifies images by their bytes and texts by their words, numbered across several data sets. Only files of equal size are
// read, since others cannot be equal.
import { createHash } from "node:crypto";
import { orNull } from "../../errors/vlmo-error.js";
import { inTurns, stepsTo } from "../../turns.js";
import { bytesOf, imageName } from "../images/image-bytes.js";
import type { DataSet, ImageFile, ImageSource } from "../sources/data-set.js";

/** The content numbers of a data set's items; `NONE` where an item has no image or no text. */
export interface Contents {
  readonly images: Int32Array;
  readonly texts: Int32Array;
  /** The content number of each image by name. */
  readonly files: ReadonlyMap<string, number>;
}

/** Stands for no image or no text. */
export const NONE = -1;

/** Numbers the contents of data sets; `report` gets the number of images read. */
export async function contentsOf(
  dataSets: readonly DataSet[],
  report: (done: number, all: number) => void,
): Promise<Contents[]> {
  const digests = await digestsOf(filesIn(dataSets), report);
  const numbers = new Map<string, number>();
  const numberOf = (key: string): number => {
    const number = numbers.get(key) ?? numbers.size;
    numbers.set(key, number);
    return number;
  };
  const contentOf = (source: ImageSource): string =>
    source.kind === "drawing" ? digest(source.svg) : (digests.get(imageName(source)) ?? source.key);
  const found: Contents[] = [];
  for (const { length, item } of dataSets) {
    const [images, texts] = [new Int32Array(length), new Int32Array(length)];
    const files = new Map<string, number>();
    for await (const i of inTurns(stepsTo(length, 1))) {
      const { images: sources, text } = item(i);
      for (const source of sources) files.set(nameOf(source), numberOf(contentOf(source)));
      images[i] = sources.length === 0 ? NONE : numberOf(sources.map(contentOf).join(" "));
      texts[i] = text === undefined ? NONE : numberOf(digest(text.normalize("NFC").trim()));
    }
    found.push({ images, texts, files });
  }
  return found;
}

/** The images that are byte for byte copies of an earlier one, cropped alike: the key of that one by their own. */
export async function copiesIn(dataSet: DataSet): Promise<ReadonlyMap<string, string>> {
  const { length, item } = dataSet;
  const digests = await digestsOf(filesIn([dataSet]), () => undefined);
  const firsts = new Map<string, string>();
  const copies = new Map<string, string>();
  for await (const i of inTurns(stepsTo(length, 1)))
    for (const image of item(i).images) {
      if (image.kind !== "file") continue;
      const content = digests.get(imageName(image));
      if (content === undefined) continue;
      const shown = JSON.stringify([content, image.cropGrid, image.window]);
      const first = firsts.get(shown) ?? image.key;
      firsts.set(shown, first);
      if (first !== image.key) copies.set(image.key, first);
    }
  return copies;
}

function nameOf(source: ImageSource): string {
  return source.kind === "file" ? imageName(source) : source.key;
}

function filesIn(dataSets: readonly DataSet[]): ImageFile[] {
  const files = new Map<string, ImageFile>();
  for (const { length, item } of dataSets) {
    for (let i = 0; i < length; i++)
      for (const image of item(i).images) if (image.kind === "file") files.set(imageName(image), image);
  }
  return [...files.values()];
}

/** Digests of files by name; without those of unique size or that cannot be read, which count as unique. */
async function digestsOf(
  files: readonly ImageFile[],
  report: (done: number, all: number) => void,
): Promise<Map<string, string>> {
  const sizes = new Map<number, ImageFile[]>();
  const digests = new Map<string, string>();
  for (const file of files) {
    const size = await orNull(sizeOf(file));
    if (size !== null) sizes.set(size, [...(sizes.get(size) ?? []), file]);
  }
  const alike = [...sizes.values()].filter(({ length }) => length > 1).flat();
  let done = 0;
  for (const file of alike) {
    const found = await orNull(digestOf(file));
    if (found !== null) digests.set(imageName(file), found);
    report((done += 1), alike.length);
  }
  return digests;
}

async function sizeOf(file: ImageFile): Promise<number> {
  return (await bytesOf(file)).size;
}

async function digestOf(file: ImageFile): Promise<string> {
  const bytes = await bytesOf(file);
  return digest(bytes.at(0, bytes.size));
}

function digest(content: string | Buffer): string {
  return createHash("sha1").update(content).digest("base64");
}
