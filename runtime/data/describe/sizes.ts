// The image sizes of a data set, and how many images a model must upsample, which adds no detail.
import { filesOf, sampled, type DataSet } from "../index.js";
import { orNull } from "../../errors/vlmo-error.js";
import { uprightSize } from "../images/open-image.js";
import type { Read } from "../check/reads.js";

/** Minimum, median and maximum. */
export interface Spread {
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

/** Sizes in pixels, upright, of the images whose headers were read. */
export interface Sizes {
  readonly files: number;
  readonly looked: number;
  readonly width: Spread;
  readonly height: Spread;
  /** For each size that readers need: how many of the examined images are smaller in width or height. */
  readonly enlarged: readonly { readonly readers: readonly string[]; readonly size: number; readonly count: number }[];
}

/** Images whose headers are read: about a second. */
const HEADERS = 1000;

/** Null if there are no readable image files. */
export async function sizesOf(dataSet: DataSet, reads: readonly Read[]): Promise<Sizes | null> {
  const files = filesOf(dataSet).filter(({ holds }) => holds === "image");
  const sizes: { readonly width: number; readonly height: number }[] = [];
  for (const { file } of sampled(files, HEADERS)) {
    const size = await orNull(uprightSize(file));
    if (size !== null) sizes.push(size);
  }
  if (sizes.length === 0) return null;
  const wanted = new Map<number, string[]>();
  for (const { reader, needs } of reads) {
    if (needs.image === undefined) continue;
    wanted.set(needs.image.size, [...(wanted.get(needs.image.size) ?? []), reader]);
  }
  return {
    files: files.length,
    looked: sizes.length,
    width: spreadOf(sizes.map(({ width }) => width)),
    height: spreadOf(sizes.map(({ height }) => height)),
    enlarged: [...wanted].map(([size, readers]) => ({
      readers,
      size,
      count: sizes.filter(({ width, height }) => width < size || height < size).length,
    })),
  };
}

function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.floor(share * (sorted.length - 1))] ?? 0;
  return { min: at(0), median: at(0.5), max: at(1) };
}
