// Checks many image files by their first bytes, without decoding them.
import { VlmoError } from "../../errors/vlmo-error.js";
import type { DataSet, ImageFile, ImageSource } from "../sources/data-set.js";
import { bytesOf, imageName } from "./image-bytes.js";
import { loadedWith } from "./cells.js";
import type { LocalLoader } from "./image.js";
import { expectBoxes } from "./crop-grid.js";
import { expectMask, NO_CLASS } from "./mask.js";
import { uprightSize } from "./open-image.js";
import type { Raster } from "./raster.js";

/** A file that a data set names. */
export interface NamedFile {
  readonly file: ImageFile;
  readonly holds: "image" | "mask";
}

/** The image and mask files of a data set, without duplicates. */
export function filesOf(dataSet: DataSet): NamedFile[] {
  const files = new Map<string, NamedFile>();
  const name = (holds: NamedFile["holds"], source: ImageSource): void => {
    if (source.kind === "file") files.set(`${holds} ${imageName(source)}`, { file: source, holds });
  };
  if (!dataSet.supplies.has("image") && !dataSet.supplies.has("images")) return [];
  for (let i = 0; i < dataSet.length; i++) {
    const { images, mask } = dataSet.item(i);
    for (const image of images) name("image", image);
    if (mask !== undefined) name("mask", mask);
  }
  return [...files.values()];
}

/** At most `most` entries of a list, evenly spaced. */
export function spread<T>(list: readonly T[], most: number): T[] {
  if (list.length <= most) return [...list];
  return Array.from({ length: most }, (_, i) => list[Math.floor((i * list.length) / most)]).flatMap((entry) =>
    entry === undefined ? [] : [entry],
  );
}

/** Row groups of packed images that are sampled. */
const GROUPS = 8;

/** The files whose headers are read if there are too many; of images in row groups, all of a few groups. */
export function sampled(files: readonly NamedFile[], most: number): NamedFile[] {
  const groups = new Map<string, NamedFile[]>();
  const others: NamedFile[] = [];
  for (const named of files) {
    const group = loadedWith(named.file);
    if (group === named.file.key) others.push(named);
    else {
      const known = groups.get(group) ?? [];
      known.push(named);
      groups.set(group, known);
    }
  }
  return [...spread(others, most), ...spread([...groups.values()], GROUPS).flat()].slice(0, most);
}

/** Files examined concurrently. */
const AT_ONCE = 8;

/** V917 for every file that does not begin like a readable image or mask, in the order of the files. */
export async function unreadable(files: readonly NamedFile[]): Promise<VlmoError[]> {
  const found: VlmoError[] = [];
  for (let i = 0; i < files.length; i += AT_ONCE) {
    const looks = files.slice(i, i + AT_ONCE).map(expectWhatItHolds);
    for (const look of await Promise.allSettled(looks)) {
      if (look.status === "fulfilled") continue;
      if (!(look.reason instanceof VlmoError)) throw look.reason;
      found.push(look.reason);
    }
  }
  return found;
}

/** The result of decoding files completely. */
export interface Decoded {
  /** V917 for every file that cannot be decoded, in the order of the files. */
  readonly broken: readonly VlmoError[];
  /** The highest class index of each mask, by `imageName`; 0 if no pixel has a class. */
  readonly highest: ReadonlyMap<string, number>;
}

/** Decodes files completely; `done` is called after each. */
export async function decodeAll(
  files: readonly NamedFile[],
  loader: Pick<LocalLoader, "load" | "loadClasses">,
  done: () => void,
): Promise<Decoded> {
  const found = new Map<number, VlmoError>();
  const highest = new Map<string, number>();
  const left = files.entries();
  // Several at a time; the loader itself limits concurrent decoding.
  const look = async (): Promise<void> => {
    for (const [place, { file, holds }] of left) {
      try {
        if (holds === "mask") highest.set(file.key, highestIn(await loader.loadClasses(file, 1)));
        else await loader.load(file, SMALL);
      } catch (error) {
        if (!(error instanceof VlmoError)) throw error;
        found.set(place, error);
      }
      done();
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, look));
  return { broken: [...found].sort(([a], [b]) => a - b).map(([, error]) => error), highest };
}

function highestIn({ data }: Raster<Uint16Array>): number {
  return data.reduce((most, each) => (each === NO_CLASS ? most : Math.max(most, each)), 0);
}

/** The size to which files are decoded: mistakes show at any size. */
const SMALL = 8;

async function expectWhatItHolds({ file, holds }: NamedFile): Promise<void> {
  if (holds === "mask") expectMask(file, await bytesOf(file));
  expectBoxes(file, await uprightSize(file));
}
