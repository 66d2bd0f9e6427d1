// The JSON of Karpathy's splits (COCO, Flickr30K): images with the sentences that people wrote about them. A sentence
// with its image is one pair.
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { vlmoError, type Place, type VlmoError } from "../vlmo-error.js";
import type { DataSet, ImageSource, Item } from "./data-set.js";
import { imageFile, realFolder } from "./image-files.js";
import { textIn } from "./record-fields.js";
import { attempted, digestOf, recordSet } from "./record-set.js";

export interface KarpathyOptions {
  readonly annotations: string;
  readonly images: string;
  readonly split: readonly string[];
  readonly on_error: "stop" | "skip";
}

interface Reader {
  readonly folder: string;
  readonly place: Place;
  readonly wanted: ReadonlySet<string>;
  readonly problems: VlmoError[];
}

/** Opens the pairs of some splits. Throws `VlmoError` with all mistakes found, unless they are skipped. */
export async function openKarpathy(options: KarpathyOptions): Promise<DataSet> {
  const { annotations: file, split, on_error: onError } = options;
  const text = await readFile(file, "utf8").catch((error: Error) => {
    throw vlmoError("V910", { file, reason: error.message });
  });
  const problems: VlmoError[] = [];
  const reader = { folder: realFolder(options.images), place: { file }, wanted: new Set(split), problems };
  const seen = new Set<string>();
  const items: Item[] = [];
  for (const [index, image] of imagesIn(text, file).entries()) {
    const part = attempted(problems, () => textAt(image, "split", `images[${index}]`, reader.place));
    if (part === undefined) continue;
    seen.add(part);
    if (reader.wanted.has(part)) items.push(...pairsOf(image, `images[${index}]`, reader));
  }
  return recordSet({
    kind: "pairs",
    file,
    length: items.length,
    item: (index) => items[index],
    problems,
    onError,
    digest: () => digestOf(createHash("sha256").update(text), items, reader.folder),
    empty: `no image is of the splits ${split.join(", ")}; it has ${[...seen].join(", ") || "none"}`,
  });
}

function imagesIn(text: string, file: string): unknown[] {
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch (error) {
    throw vlmoError("V910", { file, reason: `it is not JSON: ${error instanceof Error ? error.message : ""}` });
  }
  const images = isObject(value) ? value["images"] : undefined;
  if (Array.isArray(images)) return images;
  throw vlmoError("V910", { file, reason: "it holds no list `images`, as Karpathy's splits do" });
}

/** The pairs of one image: a mistake in one sentence leaves the others. */
function pairsOf(image: unknown, at: string, { folder, place, problems }: Reader): Item[] {
  const source = attempted(problems, (): ImageSource => {
    const name = textAt(image, "filename", at, place);
    const has = isObject(image) && image["filepath"] !== undefined;
    const inside = has ? path.join(textAt(image, "filepath", at, place), name) : name;
    return imageFile(inside, { folder, field: `${at}.filename`, place });
  });
  const sentences = attempted(problems, () => {
    const list = fieldOf(image, "sentences", at, place);
    if (Array.isArray(list) && list.length > 0) return list;
    const got = Array.isArray(list) ? "an empty list" : JSON.stringify(list);
    throw vlmoError("V913", { field: `${at}.sentences`, wanted: "a list of sentences", got }, place);
  });
  return (sentences ?? []).flatMap((sentence, i) => {
    const where = `${at}.sentences[${i}]`;
    const text = attempted(problems, () => textAt(sentence, "raw", where, place));
    if (text === undefined || source === undefined) return [];
    return [{ name: `${path.basename(place.file ?? "")}:${where}`, images: [source], text }];
  });
}

function textAt(value: unknown, field: string, at: string, place: Place): string {
  return textIn(fieldOf(value, field, at, place), `${at}.${field}`, place);
}

function fieldOf(value: unknown, field: string, at: string, place: Place): unknown {
  if (!isObject(value)) {
    throw vlmoError("V913", { field: at, wanted: "an object", got: JSON.stringify(value) }, place);
  }
  if (Object.hasOwn(value, field)) return value[field];
  const names = Object.keys(value).map((name) => `\`${name}\``);
  throw vlmoError("V912", { field: `${at}.${field}`, has: names.join(", ") || "none" }, place);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
