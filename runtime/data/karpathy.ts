// The JSON of Karpathy's splits (COCO, Flickr30K): images with the sentences that people wrote about them. A sentence
// with its image is one pair.
import path from "node:path";
import { inTurns } from "../turns.js";
import { vlmoError, type VlmoError } from "../vlmo-error.js";
import type { DataSet, ImageSource, Item } from "./data-set.js";
import { ImageFolder, imageFile } from "./image-files.js";
import { fieldOf, isObject, listsIn, readJsonFile, textAt, type Part } from "./json-file.js";
import { shown } from "./json-text.js";
import { otherFormat } from "./recognise.js";
import { attempted, digestOf, recordSet } from "./record-set.js";

export interface KarpathyOptions {
  readonly annotations: string;
  readonly images: string;
  readonly allow: readonly string[];
  readonly split: readonly string[];
  readonly on_error: "stop" | "skip";
}

interface Reader {
  readonly images: ImageFolder;
  readonly problems: VlmoError[];
}

/** Opens the pairs of some splits. Throws `VlmoError` with all mistakes found, unless they are skipped. */
export async function openKarpathy(options: KarpathyOptions): Promise<DataSet> {
  const { annotations: file, split, on_error: onError } = options;
  const annotations = await readJsonFile(file, "karpathy");
  const problems: VlmoError[] = [];
  const reader = { images: new ImageFolder(options.images, options.allow), problems };
  const wanted = new Set(split);
  const seen = new Set<string>();
  const items: Item[] = [];
  for await (const [index, value] of inTurns(listsIn(annotations, ["images"]).images.entries())) {
    const image = { value, at: `images[${index}]`, of: annotations };
    const part = attempted(problems, () => textAt(image, "split"));
    if (part === undefined) continue;
    seen.add(part);
    if (wanted.has(part)) for (const item of pairsOf(image, reader)) items.push(item);
  }
  const other = items.length === 0 && problems.length > 0 ? otherFormat(file, "karpathy") : undefined;
  if (other !== undefined) throw other;
  return recordSet({
    kind: "pairs",
    file,
    length: items.length,
    item: (index) => items[index],
    problems,
    onError,
    digest: () => digestOf(annotations.hash, items, reader.images.path),
    empty: `no image is of the splits ${split.join(", ")}; it has ${[...seen].join(", ") || "none"}`,
  });
}

/** The pairs of one image: a mistake in one sentence leaves the others, one in the image is told of each. */
function pairsOf(image: Part, { images, problems }: Reader): Item[] {
  const { at, of } = image;
  const sentences = attempted(problems, () => {
    const list = fieldOf(image, "sentences");
    if (Array.isArray(list) && list.length > 0) return list;
    const got = Array.isArray(list) ? "an empty list" : shown(list);
    throw vlmoError("V913", { field: `${at}.sentences`, wanted: "a list of sentences", got }, of.place);
  });
  return (sentences ?? []).flatMap((value, i) => {
    const sentence = { value, at: `${at}.sentences[${i}]`, of };
    const pair = attempted(problems, () => ({ images: [imageOf(image, images)], text: textAt(sentence, "raw") }));
    return pair === undefined ? [] : [{ name: `${path.basename(of.place.file ?? "")}:${sentence.at}`, ...pair }];
  });
}

function imageOf(image: Part, images: ImageFolder): ImageSource {
  const { value, at, of } = image;
  const name = textAt(image, "filename");
  const isBelow = isObject(value) && value["filepath"] !== undefined;
  const inside = isBelow ? path.join(textAt(image, "filepath"), name) : name;
  return imageFile(inside, { images, field: `${at}.filename`, place: of.place });
}
