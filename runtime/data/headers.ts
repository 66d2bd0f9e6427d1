// Whether image files are images, by their first bytes: a look at many files that decodes none of them.
import sharp from "sharp";
import { VlmoError } from "../vlmo-error.js";
import type { DataSet, ImageFile } from "./data-set.js";
import { reported } from "./image.js";

/** Image and mask files of a data set, each once. */
export function filesOf(dataSet: DataSet): ImageFile[] {
  const files = new Map<string, ImageFile>();
  if (!dataSet.supplies.has("image") && !dataSet.supplies.has("images")) return [];
  for (let i = 0; i < dataSet.length; i++) {
    const { images, mask } = dataSet.item(i);
    for (const source of mask === undefined ? images : [...images, mask])
      if (source.kind === "file") files.set(source.path, source);
  }
  return [...files.values()];
}

/** At most `most` of a list, spread evenly over it. */
export function spread<T>(list: readonly T[], most: number): T[] {
  if (list.length <= most) return [...list];
  return Array.from({ length: most }, (_, i) => list[Math.floor((i * list.length) / most)]).flatMap((entry) =>
    entry === undefined ? [] : [entry],
  );
}

/** How many files are looked at at a time. */
const AT_ONCE = 8;

/** V917 for every file whose header is no image's, in their order. */
export async function unreadable(files: readonly ImageFile[]): Promise<VlmoError[]> {
  const found: VlmoError[] = [];
  for (let i = 0; i < files.length; i += AT_ONCE) {
    const looks = files.slice(i, i + AT_ONCE).map((file) => reported(file, () => sharp(file.path).metadata()));
    for (const look of await Promise.allSettled(looks)) {
      if (look.status === "fulfilled") continue;
      if (!(look.reason instanceof VlmoError)) throw look.reason;
      found.push(look.reason);
    }
  }
  return found;
}
