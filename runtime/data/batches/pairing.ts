// Which items have the same image or the same text, and so which texts are true of which images. Negatives are defined by this,
// never by the indices of items.
import type { DataSet } from "../sources/data-set.js";

/** Images and texts, numbered from 0 in the order of their first occurrence. */
export interface Pairing {
  /** By item: its image, and its text. */
  readonly images: Int32Array;
  readonly texts: Int32Array;
  /** By image: the texts paired with it; by text: its images. */
  readonly textsOf: readonly ReadonlySet<number>[];
  readonly imagesOf: readonly ReadonlySet<number>[];
}

const known = new WeakMap<DataSet, Pairing>();

/** The pairing of a data set of pairs, by the names of images; computed once. */
export function pairingOf(dataSet: DataSet): Pairing {
  const found = known.get(dataSet) ?? pairing(dataSet);
  known.set(dataSet, found);
  return found;
}

/** The same, where an image may be a copy of another one: the key of that one by its own. */
export function pairing({ length, item }: DataSet, copies: ReadonlyMap<string, string> = new Map()): Pairing {
  const [imageNumbers, textNumbers] = [new Map<string, number>(), new Map<string, number>()];
  const [images, texts] = [new Int32Array(length), new Int32Array(length)];
  const [textsOf, imagesOf]: [Set<number>[], Set<number>[]] = [[], []];
  for (let i = 0; i < length; i++) {
    const { images: sources, text = "" } = item(i);
    const image = numberOf(sources.map(({ key }) => copies.get(key) ?? key).join("\0"), imageNumbers);
    const words = numberOf(text.normalize("NFC").trim().replace(/\s+/g, " "), textNumbers);
    [images[i], texts[i]] = [image, words];
    (textsOf[image] ??= new Set()).add(words);
    (imagesOf[words] ??= new Set()).add(image);
  }
  return { images, texts, textsOf, imagesOf };
}

function numberOf(key: string, numbers: Map<string, number>): number {
  const number = numbers.get(key) ?? numbers.size;
  numbers.set(key, number);
  return number;
}

/** The first item with each number; for all items, in the order of the numbers. */
export function firstsOf(numbers: Int32Array, items: Iterable<number> = numbers.keys()): number[] {
  const first = new Map<number, number>();
  for (const item of items) {
    const number = numbers[item] ?? 0;
    if (!first.has(number)) first.set(number, item);
  }
  return [...first.values()];
}

/** [B, B], row-major, for these items: 1 if the text of the column is known to be true of the image of the row. */
export function matchesAmong(items: readonly number[], { images, texts, textsOf }: Pairing): Float32Array {
  const columns = new Map<number, number[]>();
  items.forEach((item, column) => {
    const text = texts[item] ?? 0;
    columns.set(text, [...(columns.get(text) ?? []), column]);
  });
  const matches = new Float32Array(items.length ** 2);
  items.forEach((item, row) => {
    for (const text of textsOf[images[item] ?? 0] ?? [])
      for (const column of columns.get(text) ?? []) matches[row * items.length + column] = 1;
  });
  return matches;
}
