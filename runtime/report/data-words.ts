// The contents of data blocks in sentences, for the page and the terminal alike.
import { counted, listed } from "../../grammar/index.js";
import type { Description } from "../data/describe/describe.js";
import type { Repeated } from "../data/describe/repeated.js";
import type { Sizes, Spread } from "../data/describe/sizes.js";
import { percent } from "./words.js";

/** `5 to 29 with [CLS] and [SEP], and … has room for 16: 8 of 9 (88.9%) are cut; the longest is coco.jsonl:3`. */
export function tokenCountsText({
  readers,
  length,
  read,
  cut,
  longest,
  lengths,
}: Description["texts"][number]): string {
  const least = lengths[0]?.from ?? 0;
  const share = read === 0 ? "" : ` (${percent(cut / read)})`;
  const is = cut === 1 ? "is" : "are";
  const cuts =
    cut === 0 ? "none is cut" : `${cut.toLocaleString("en")} of ${read.toLocaleString("en")}${share} ${is} cut`;
  return (
    `${least} to ${longest.tokens.toLocaleString("en")} with [CLS] and [SEP], and ${listed(readers)} ` +
    `${readers.length === 1 ? "has" : "have"} room for ${length}: ${cuts}; the longest is ${longest.item}`
  );
}

/** Width, height, and which images are enlarged. */
export function sizesText({ files, looked, width, height, enlarged }: Sizes): string[] {
  const of = looked < files ? ` (of ${looked.toLocaleString("en")} of ${counted(files, "file", "files")})` : "";
  return [
    `width ${spreadText(width)}, height ${spreadText(height)} pixels${of}`,
    ...enlarged
      .filter(({ count }) => count > 0)
      .map(({ readers, size, count }) => {
        const is = count === 1 ? "is" : "are";
        const share = percent(count / looked);
        return `${count.toLocaleString("en")} of ${looked.toLocaleString("en")} (${share}) ${is} smaller than the ${size} pixels of ${listed(readers)}, and upscaled`;
      }),
  ];
}

function spreadText({ min, median, max }: Spread): string {
  return min === max ? String(min) : `${min} to ${max} (median ${median})`;
}

/** Duplicates; empty where there are none. */
export function repeatedText({ repeated: { images, texts, items } }: Description): string[] {
  return [
    ...said(images, "image files", "the bytes of an earlier one"),
    ...said(texts, "texts", "the words of an earlier one"),
    ...said(items, "items", "image and text of an earlier one"),
  ];
}

function said(found: Repeated | null, noun: string, what: string): string[] {
  if (found === null || found.count === 0 || found.first === null) return [];
  const { count, of, first } = found;
  const numbers = `${count.toLocaleString("en")} of ${of.toLocaleString("en")} ${noun} (${percent(count / of)})`;
  return [`${numbers} ${count === 1 ? "has" : "have"} ${what}; the first: ${first.join(" and ")}`];
}

/** Overlap with other blocks; those without any in one sentence. */
export function sharedText({ items: all, shared }: Description): string[] {
  const met = shared.filter(({ images, texts }) => (images ?? 0) + (texts ?? 0) > 0);
  const apart = shared.filter((each) => !met.includes(each)).map((each) => each.with);
  const sentences = met.map(({ with: other, learnt, images, texts, items }) => {
    const parts = [
      ...(images === null || images === 0 ? [] : [`the image of ${itemsOf(images, all)}`]),
      ...(texts === null || texts === 0 ? [] : [`the text of ${itemsOf(texts, all)}`]),
      ...(items === null || items === 0 ? [] : [`both of ${itemsOf(items, all)}`]),
    ];
    return `\`${other}\`${learnt ? ", which is learnt from," : ""} holds ${parts.join(", ")} too`;
  });
  return [...sentences, ...(apart.length === 0 ? [] : [`nothing in common with ${listed(apart)}`])];
}

function itemsOf(count: number, all: number): string {
  return `${counted(count, "item", "items")} (${percent(all === 0 ? 0 : count / all)})`;
}
