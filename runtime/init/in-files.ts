// Data sets described by an annotation file: in a published format, or records with fields.
import path from "node:path";
import { stringText } from "../../grammar/index.js";
import type { DataFormat, DataKind } from "../../compiler/index.js";
import type { KnownForm } from "../data/sources/file-kinds.js";
import { formOf, otherwise } from "../data/sources/recognise.js";
import { namesLike } from "../data/sources/vqa2.js";
import { recordsSource } from "./in-records.js";
import { isTable } from "./in-tables.js";
import { finderIn, folderOf, type Listing } from "./listing.js";
import { partNamed } from "./parts.js";
import { NO_IMAGES, noImages, type Look, type Lost, type Source } from "./source.js";

/**
 * The source in a file of each form (published formats before free ones), or why there is none; null for a part of another data
 * set.
 */
const readers: { readonly [Form in KnownForm]: (look: Look) => Source | string | null } = {
  vqa2: questions,
  vqa2_answers: () => null,
  nlvr2: statements,
  karpathy: (look) => annotated(look, "pairs", "karpathy", [textOf(look, "filepath"), textOf(look, "filename")]),
  coco: (look) => annotated(look, "pairs", "coco", [textOf(look, "file_name")]),
  instances: (look) => annotated(look, "masks", "coco", [textOf(look, "file_name")]),
  jsonl: recordsSource("jsonl"),
  csv: recordsSource("csv"),
};

/** The data sets of the annotation files in a folder, and the files that are none. */
export function annotatedIn(listing: Listing): {
  readonly sources: readonly Source[];
  readonly lost: readonly Lost[];
} {
  const find = finderIn(listing);
  const files = listing.files.filter((file) => endings.test(file) && !isTable(file) && !aside.test(file));
  const all = files.flatMap((file) => {
    const found = formOf(path.join(listing.folder, file));
    // `head` has one character per byte.
    const text = Buffer.from(found?.head ?? "", "latin1").toString("utf8");
    return found === null ? [] : [{ file, form: found.form, text, isWhole: found.size === found.head.length }];
  });
  const known = new Set(all.map(({ file }) => file));
  // Texts called captions may be plain texts.
  const unknown = files
    .filter((file) => !known.has(file))
    .map((file) => ({ file, is: otherwise(path.join(listing.folder, file)) }))
    .filter(({ file, is }) => !(file.endsWith(".txt") && is?.what === "plain text"));
  const order = Object.keys(readers);
  const looks = all.sort((a, b) => order.indexOf(a.form) - order.indexOf(b.form));
  const read = looks.map((each) => ({ file: each.file, source: readers[each.form]({ ...each, find, listing, all }) }));
  return {
    sources: read.flatMap(({ source }) => (typeof source === "string" ? [] : (source ?? []))),
    lost: [
      ...read.flatMap(({ file, source }) => (typeof source === "string" ? [{ file, reason: source }] : [])),
      ...unknown.map(({ file, is }) => ({ file, reason: reasonOf(path.join(listing.folder, file), is) })),
    ],
  };
}

/** Extensions of annotation files and whole data sets. */
const endings =
  /\.(?:json|jsonl|ndjson|csv|tsv|tab|token|tar\.\w+|tgz|zip|7z|rar|gz|bz2|xz|zst)$|\btoken\.txt$|captions?\.txt$/i;

/** Files that Hugging Face `datasets` writes beside its tables. */
const aside = /(?:^|\/)(?:dataset_infos?|dataset_dict|state)\.json$/;

/** Why a file is not used, and what to do about it. */
function reasonOf(file: string, known: ReturnType<typeof otherwise>): string {
  if (known === null && /\.(?:jsonl|ndjson)$/i.test(file)) return "its first lines are not JSON objects";
  if (known === null) return "neither records nor known annotations";
  return `it is ${known.what}: ${known.instead.replaceAll(file, path.basename(file))}`;
}

function statements({ file, text, find, listing }: Look): Source | string {
  const [, stem] = /"identifier"\s*:\s*"([^"]+)-\d+"/.exec(text) ?? [];
  const name = `${stem ?? ""}-img0.png`;
  const images = find(name, folderOf(file));
  if (images === null) return noImages(name, listing.folder);
  return { kind: "statements", format: "nlvr2", at: file, paths: { records: file, images }, settings: {}, images: 2 };
}

/** The first string value of a key; undefined where there is none. */
function textOf({ text }: Look, key: string): string | undefined {
  const [, value] = new RegExp(`"${key}"\\s*:\\s*("(?:[^"\\\\]|\\\\.)*")`).exec(text) ?? [];
  // Boundary: the pattern matches a JSON string.
  return value === undefined ? undefined : (JSON.parse(value) as string);
}

function annotated(
  look: Look,
  kind: DataKind,
  format: DataFormat,
  parts: readonly (string | undefined)[],
): Source | string {
  const { file, find } = look;
  const name = parts.filter((part) => part !== undefined).join("/");
  const images = find(name, folderOf(file)) ?? null;
  if (images === null) return noImages(name, look.listing.folder);
  return { kind, format, at: file, paths: { annotations: file, images }, settings: {}, images: 1 };
}

/** Questions with the file of their answers: the one with the same name except for words such as `questions`. */
function questions({ file, text, all, listing }: Look): Source | string {
  const answers = all.find((other) => other.form === "vqa2_answers" && bare(other.file) === bare(file));
  if (answers === undefined) return "the file with its answers is missing";
  const ofPart = ([images]: readonly [string, unknown]): boolean => partNamed(images) === partNamed(file);
  const folders = [...listing.images].sort((a, b) => Number(ofPart(b)) - Number(ofPart(a)));
  for (const [images, names] of folders) {
    const zeros = namesLike(names, text);
    if (zeros === undefined) continue;
    return {
      kind: "questions",
      format: "vqa2",
      at: file,
      paths: { questions: file, annotations: answers.file, images },
      settings: { image_names: stringText(zeros) },
      images: 1,
    };
  }
  return NO_IMAGES;
}

function bare(file: string): string {
  return file
    .replace(/open_?ended|multiple_?choice|questions?|annotations?|answers?/gi, "")
    .replace(/[^a-z0-9]+/gi, "_");
}
