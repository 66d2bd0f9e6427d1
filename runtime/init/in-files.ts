// Data sets of which a file of annotations says what they hold: as they are published, or records with fields.
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

/** What a file of each form is, what is published before what anyone may write, or why it is none; null for a part of another. */
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

/** The data sets of the files of annotations in a folder, and the files that are none. */
export function annotatedIn(listing: Listing): {
  readonly sources: readonly Source[];
  readonly lost: readonly Lost[];
} {
  const find = finderIn(listing);
  const files = listing.files.filter((file) => endings.test(file) && !isTable(file) && !aside.test(file));
  const all = files.flatMap((file) => {
    const found = formOf(path.join(listing.folder, file));
    // A glance has a character for each byte.
    const text = Buffer.from(found?.head ?? "", "latin1").toString("utf8");
    return found === null ? [] : [{ file, form: found.form, text, isWhole: found.size === found.head.length }];
  });
  const known = new Set(all.map(({ file }) => file));
  // Texts that are called captions may be nothing but texts.
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

/** Files that annotations, or whole data sets, come in. */
const endings =
  /\.(?:json|jsonl|ndjson|csv|tsv|tab|token|tar\.\w+|tgz|zip|7z|rar|gz|bz2|xz|zst)$|\btoken\.txt$|captions?\.txt$/i;

/** What `datasets` of Hugging Face writes beside its tables. */
const aside = /(?:^|\/)(?:dataset_infos?|dataset_dict|state)\.json$/;

/** What a file is that nothing is read from here, and what to do about it. */
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

/** The first value of a key; undefined where there is none. */
function textOf({ text }: Look, key: string): string | undefined {
  const [, value] = new RegExp(`"${key}"\\s*:\\s*("(?:[^"\\\\]|\\\\.)*")`).exec(text) ?? [];
  // The pattern is that of a string of JSON.
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

/** Questions with the file of their answers: that of the same name but for the words that say which of the two it is. */
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
