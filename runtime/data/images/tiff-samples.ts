// The sample format of TIFF files, as far as it decides whether they hold colour levels: libvips reads floats from 0 to 1 as
// levels up to 255, and any further channel as alpha.
import type { ImageBytes } from "./image-bytes.js";

/** Tags of the first directory of a TIFF, each with its first value. */
type Tags = ReadonlyMap<number, number>;

/** The sample format of a file. */
export interface Samples {
  /** More than 8 bits per sample. */
  readonly deep: boolean;
  /** Why the samples are not colour levels; null if they are. */
  readonly refused: string | null;
}

/** Reads the first directory only, in either byte order. */
export function tiffSamples(bytes: ImageBytes): Samples {
  const tags = tagsOf(bytes);
  if (tags === undefined) return { deep: false, refused: "it is cut off" };
  const refused = checks.map((check) => check(tags)).find((reason) => reason !== null);
  return { deep: bitsOf(tags) === 16 && tags.get(COLOURS) !== CMYK, refused: refused ?? null };
}

const [SUBFILE, BITS, COLOURS, CHANNELS, EXTRA, NUMBERS] = [254, 258, 262, 277, 338, 339];
const wanted = new Set([SUBFILE, BITS, COLOURS, CHANNELS, EXTRA, NUMBERS]);
const CMYK = 5;

/** The number of colour channels, by photometric interpretation. */
const colourChannels: ReadonlyMap<number, number> = new Map([
  [0, 1],
  [1, 1],
  [2, 3],
  [3, 1],
  [CMYK, 4],
  [6, 3],
]);

const UNSIGNED = 1;

/** Sample formats by their value in the tag. */
const numbers: ReadonlyMap<number, string> = new Map([
  [UNSIGNED, "unsigned integers"],
  [2, "signed integers"],
  [3, "floating-point numbers"],
  [4, "unsigned integers"],
  [5, "complex integers"],
  [6, "complex numbers"],
]);

function bitsOf(tags: Tags): number {
  return tags.get(BITS) ?? 1;
}

const checks: readonly ((tags: Tags) => string | null)[] = [
  (tags) =>
    (tags.get(SUBFILE) ?? 0) & 1 ? "its first page is a small preview of another, as in camera raw files" : null,
  (tags) => {
    const [bits, kind = "numbers of an unknown kind"] = [bitsOf(tags), numbers.get(tags.get(NUMBERS) ?? UNSIGNED)];
    if (kind === numbers.get(UNSIGNED) && [1, 2, 4, 8, 16].includes(bits)) return null;
    return `its samples are ${bits}-bit ${kind}; unsigned integers of 1, 2, 4, 8 and 16 bits are read`;
  },
  (tags) => {
    const colours = colourChannels.get(tags.get(COLOURS) ?? 1);
    if (colours === undefined) return "its colours are none of grey, RGB, palette, YCbCr and CMYK";
    const others = (tags.get(CHANNELS) ?? 1) - colours;
    if (others === 0 || (others === 1 && (tags.get(EXTRA) ?? 0) > 0)) return null;
    return `its channels from ${colours + 1} on are neither colours nor transparency`;
  },
];

/** Undefined if the file ends before its directory does. */
function tagsOf({ size, at }: ImageBytes): Tags | undefined {
  let whole = true;
  const bytesAt = (position: number, length: number): DataView => {
    const isThere = position + length <= size;
    whole &&= isThere;
    const bytes = isThere ? at(position, length) : Buffer.alloc(length);
    return new DataView(bytes.buffer, bytes.byteOffset, length);
  };
  const tags = readTags(layoutOf(bytesAt(0, HEADER)), bytesAt);
  return whole ? tags : undefined;
}

type BytesAt = (position: number, length: number) => DataView;

/** Bytes of the longer header (BigTIFF's). */
const HEADER = 16;
/** The type of 16-bit numbers. */
const SHORT = 3;

/** The layout of directories: offsets have 4 bytes in TIFF, 8 in BigTIFF. */
interface Layout {
  readonly little: boolean;
  readonly big: boolean;
  readonly directory: number;
}

function layoutOf(head: DataView): Layout {
  const little = head.getUint8(0) === 0x49;
  const big = head.getUint16(2, little) === 43;
  return { little, big, directory: big ? Number(head.getBigUint64(8, little)) : head.getUint32(4, little) };
}

function readTags({ little, big, directory }: Layout, bytesAt: BytesAt): Tags {
  const count = big
    ? bytesAt(directory, 8).getUint16(little ? 0 : 6, little)
    : bytesAt(directory, 2).getUint16(0, little);
  const [start, step, value] = big ? [8, 20, 12] : [2, 12, 8];
  const entries = bytesAt(directory + start, count * step);
  const tags = new Map<number, number>();
  for (let at = 0; at < entries.byteLength; at += step) {
    const tag = entries.getUint16(at, little);
    if (!wanted.has(tag)) continue;
    const bytes = entries.getUint16(at + 2, little) === SHORT ? 2 : 4;
    const length = bytes * entries.getUint32(at + 4 + (big && !little ? 4 : 0), little);
    const where = big ? Number(entries.getBigUint64(at + value, little)) : entries.getUint32(at + value, little);
    const [view, from] = value + length <= step ? [entries, at + value] : [bytesAt(where, bytes), 0];
    tags.set(tag, bytes === 2 ? view.getUint16(from, little) : view.getUint32(from, little));
  }
  return tags;
}
