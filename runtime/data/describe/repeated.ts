// Duplicates within a data set and between two. A test set that shares items with training data measures memorisation.
import type { DataSet } from "../index.js";
import { NONE, type Contents } from "./contents.js";

/** The number of duplicates of an earlier entry, of how many entries, and the first of them. */
export interface Repeated {
  readonly count: number;
  readonly of: number;
  readonly first: readonly [earlier: string, later: string] | null;
}

/** Images compared by bytes, texts by words, items by both; null if there are none. */
export interface Repetitions {
  readonly images: Repeated | null;
  readonly texts: Repeated | null;
  readonly items: Repeated | null;
}

/** The overlap of a data set with another one, in items. */
export interface Shared {
  readonly with: string;
  /** Whether the other one is training data. */
  readonly learnt: boolean;
  /** Items whose image, text, or both occur there too; null if either set has none. */
  readonly images: number | null;
  readonly texts: number | null;
  readonly items: number | null;
}

/** Finds the duplicates in a data set. */
export function repetitions({ item, length }: DataSet, { images, texts, files }: Contents): Repetitions {
  const name = (i: number): string => item(i).name;
  const names = [...files.keys()];
  const hasImages = names.length > 0;
  const hasTexts = texts.some((text) => text !== NONE);
  return {
    images: hasImages ? repeated([...files.values()], (i) => names[i] ?? "") : null,
    texts: hasTexts ? repeated(texts, name) : null,
    items: hasImages && hasTexts ? repeated(bothOf({ images, texts }, length), name) : null,
  };
}

function repeated(contents: ArrayLike<number | string>, name: (index: number) => string): Repeated {
  const firsts = new Map<number | string, number>();
  let count = 0;
  let first: Repeated["first"] = null;
  for (let i = 0; i < contents.length; i++) {
    const content = contents[i] ?? NONE;
    const earlier = firsts.get(content);
    if (earlier === undefined) firsts.set(content, i);
    else {
      count += 1;
      first ??= [name(earlier), name(i)];
    }
  }
  return { count, of: contents.length, first };
}

function bothOf({ images, texts }: Pick<Contents, "images" | "texts">, length: number): string[] {
  return Array.from({ length }, (_, i) => `${images[i]} ${texts[i]}`);
}

/** The overlap of one with the other. */
export function shared(one: Contents, other: Contents): Pick<Shared, "images" | "texts" | "items"> {
  const lengthOf = ({ texts }: Contents): number => texts.length;
  const images = common(one.images, other.images);
  const texts = common(one.texts, other.texts);
  const both =
    images === null || texts === null ? null : common(bothOf(one, lengthOf(one)), bothOf(other, lengthOf(other)));
  return { images, texts, items: both };
}

/** How many of `first` occur in `second`; null if either has none. */
function common(first: ArrayLike<number | string>, second: ArrayLike<number | string>): number | null {
  if (first[0] === undefined || first[0] === NONE || second[0] === undefined || second[0] === NONE) return null;
  const known = new Set(Array.from(second));
  return Array.from(first).filter((content) => known.has(content)).length;
}
