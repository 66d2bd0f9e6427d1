// The JSON of Karpathy's splits (COCO, Flickr30K): images with human-written sentences. Each sentence with its image is one
// pair.
import path from "node:path";
import { inTurns } from "../../turns.js";
import { vlmoError } from "../../errors/vlmo-error.js";
import { openAnnotations, type AnnotationReader, type AnnotationsRead } from "./annotation-file.js";
import type { DataSet, ImageSource, Item } from "./data-set.js";
import { imageFile, type ImageFolder } from "../images/image-files.js";
import { fieldOf, isObject, listsIn, textAt, type JsonFile, type Part } from "./json-file.js";
import { shown } from "./json-text.js";
import { attempted } from "./record-set.js";
import type { LocatedSettings } from "./settings.js";

/** Opens the pairs of some splits. Throws `VlmoError` with all mistakes found, unless they are skipped. */
export async function openKarpathy(options: LocatedSettings<"karpathy">): Promise<DataSet> {
  return openAnnotations(options, {
    kind: "pairs",
    form: "karpathy",
    itemsOf: (file, reader) => pairsIn(file, options.split, reader),
  });
}

async function pairsIn(file: JsonFile, split: readonly string[], reader: AnnotationReader): Promise<AnnotationsRead> {
  const seen = new Set<string>();
  const items: (Item | null)[] = [];
  for await (const [index, value] of inTurns(listsIn(file, ["images"]).images.entries())) {
    const image = { value, at: `images[${index}]`, of: file };
    const part = attempted(reader.problems, () => textAt(image, "split"));
    if (part === undefined) continue;
    seen.add(part);
    if (split.includes(part)) for (const item of pairsOf(image, reader)) items.push(item);
  }
  const has = [...seen].join(", ") || "none";
  return { items, empty: `no image is of the splits ${split.join(", ")}; it has ${has}` };
}

/** The pairs of one image: a mistake in a sentence leaves out that one, a mistake in the image is reported for each. */
function pairsOf(image: Part, { images, problems }: AnnotationReader): (Item | null)[] {
  const { at, of } = image;
  const sentences = attempted(problems, () => {
    const list = fieldOf(image, "sentences");
    if (Array.isArray(list) && list.length > 0) return list;
    const got = Array.isArray(list) ? "an empty list" : shown(list);
    throw vlmoError("V913", { field: `${at}.sentences`, wanted: "a list of sentences", got }, of.place);
  });
  return (sentences ?? []).map((value, i) => {
    const sentence = { value, at: `${at}.sentences[${i}]`, of };
    const pair = attempted(problems, () => ({ images: [imageOf(image, images)], text: textAt(sentence, "raw") }));
    return pair === undefined ? null : { name: `${path.basename(of.place.file ?? "")}:${sentence.at}`, ...pair };
  });
}

function imageOf(image: Part, images: ImageFolder): ImageSource {
  const { value, at, of } = image;
  const name = textAt(image, "filename");
  const isBelow = isObject(value) && value["filepath"] !== undefined;
  const inside = isBelow ? path.join(textAt(image, "filepath"), name) : name;
  return imageFile(inside, { images, field: `${at}.filename`, place: of.place });
}
