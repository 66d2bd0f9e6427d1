// Tables and archives that contain their samples with images: Parquet, Arrow, WebDataset shards. The files of one data set are
// one source, recognised by the common part of their names.
import path from "node:path";
import { memberFields } from "../../compiler/index.js";
import { ENDINGS } from "../data/images/image-formats.js";
import { expectKind } from "../data/sources/recognise.js";
import { imageOrPath } from "../data/sources/table-values.js";
import { sampleParts } from "../data/sources/webdataset.js";
import { VlmoError } from "../errors/vlmo-error.js";
import { openArrow, type ArrowBatch, type Column } from "../formats/arrow.js";
import { openParquet } from "../formats/parquet.js";
import { openTar, type TarMember } from "../formats/tar.js";
import { FIRST, foundIn, inside, objectIn, type FieldNames, type Records } from "./fields.js";
import { finderIn, type Listing } from "./listing.js";
import { folderOfImages, type Lost, type Source } from "./source.js";

/** How a format is recognised. */
interface TableFormat {
  readonly ending: RegExp;
  /** The setting that names its files. */
  readonly key: "files" | "shards";
  readonly names?: FieldNames;
  /** The first records of a file. Throws V910, V959, V982. */
  readonly first: (file: string) => Records | Promise<Records>;
}

/** The role of a member: `json.caption` is a caption, `txt` a text. */
function knownMember(ending: string): string {
  const { image, text, label, mask } = memberFields;
  const roles = { image: image[0], text, label, mask };
  const [role] = Object.entries(roles).find(([, names]) => names?.split(";").includes(ending)) ?? [];
  return role ?? ending.replace(/^json\./, "");
}

const formats = {
  parquet: { ending: /\.parquet$/i, key: "files", first: firstOfParquet },
  arrow: { ending: /\.arrow$/i, key: "files", first: firstOfArrow },
  webdataset: {
    ending: /\.tar$/i,
    key: "shards",
    names: { known: knownMember, usual: memberFields },
    first: firstOfShard,
  },
} as const satisfies Record<string, TableFormat>;
type Name = keyof typeof formats;

/** Whether a file is examined here, by its name. */
export function isTable(file: string): boolean {
  return Object.values(formats).some(({ ending }) => ending.test(file));
}

/** The data sets of the tables in a folder, and the files that are none. */
export async function tablesIn(listing: Listing): Promise<{ readonly sources: Source[]; readonly lost: Lost[] }> {
  const sources: Source[] = [];
  const lost: Lost[] = [];
  // Boundary: the keys are those of the table.
  for (const name of Object.keys(formats) as Name[]) {
    for (const [at, files] of shardsOf(listing.files.filter((file) => formats[name].ending.test(file)))) {
      const found = await sourceOf(name, at, files, listing);
      if (typeof found === "string") lost.push(...files.map((file) => ({ file, reason: found })));
      else sources.push(found);
    }
  }
  return { sources, lost };
}

/** Files with the same numbered name, by the pattern for a block: `data/train-*.parquet`. */
function shardsOf(files: readonly string[]): Map<string, readonly string[]> {
  const groups = new Map<string, string[]>();
  for (const file of files) {
    const name = file.replace(/\d+(?:-of-\d+(?:-[\da-f]+)?)?(?=\.\w+$)/i, "*");
    groups.set(name, [...(groups.get(name) ?? []), file]);
  }
  // A single `…-of-…` file gets the pattern of its set, too: splits differ in their number of files.
  const isAlone = ([first = "", second]: readonly string[]): boolean => second === undefined && !/-of-/.test(first);
  return new Map([...groups].map(([name, own]) => [isAlone(own) ? (own[0] ?? name) : name, own]));
}

async function sourceOf(
  format: Name,
  at: string,
  [file = at]: readonly string[],
  listing: Listing,
): Promise<Source | string> {
  const { key, first, names }: TableFormat = formats[format];
  const records = await firstOrWhy(first, path.join(listing.folder, file));
  if (typeof records === "string") return records;
  if (records.length === 0) return "it holds no records";
  const found = foundIn(records, names);
  if (typeof found === "string") return found;
  const { kind, images, settings, label, paths } = found;
  const place = folderOfImages(paths, { file, find: finderIn(listing), listing });
  if (typeof place === "string") return place;
  return {
    kind,
    format,
    at,
    paths: { [key]: at, ...place },
    settings,
    ...(label !== undefined && { label }),
    ...(paths.length === 0 && { holdsImages: true }),
    images,
  };
}

async function firstOrWhy(first: TableFormat["first"], file: string): Promise<Records | string> {
  try {
    return await first(file);
  } catch (error) {
    if (error instanceof VlmoError) return error.message.replace(`\`${file}\``, "it");
    throw error;
  }
}

async function firstOfParquet(file: string): Promise<Records> {
  expectKind(file, "parquet");
  const table = await openParquet(file);
  try {
    const [{ start, end } = { start: 0, end: 0 }] = table.groups;
    const pictures = table.columns.filter((column) => table.holdsBytes(column));
    const others = table.columns.filter((column) => !pictures.includes(column));
    const group = { start, end: Math.min(end, start + FIRST) };
    const rows =
      others.length === 0 ? Array.from({ length: group.end - start }, () => ({})) : await table.read(group, others);
    const images = Object.fromEntries(pictures.map((column) => [column, inside]));
    return rows.map((row) => ({ ...mapped(row, imageOrPath), ...images }));
  } finally {
    await table.close();
  }
}

function firstOfArrow(file: string): Records {
  expectKind(file, "arrow");
  const table = openArrow(file);
  try {
    const records: Records[number][] = [];
    for (const batch of table.batches(() => inside)) {
      const columns = table.columns.flatMap((name) => columnOrNone(batch, name));
      for (let row = 0; row < batch.length && records.length < FIRST; row++)
        records.push(Object.fromEntries(columns.map(([name, column]) => [name, imageOrPath(column(row))])));
      if (records.length >= FIRST) break;
    }
    return records;
  } finally {
    table.close();
  }
}

/** Columns of unsupported types are ignored. */
function columnOrNone(batch: ArrowBatch, name: string): (readonly [string, Column])[] {
  try {
    return [[name, batch.column(name)]];
  } catch (error) {
    if (error instanceof VlmoError) return [];
    throw error;
  }
}

/** A field for each member of a sample, and for each key of its JSON. */
function firstOfShard(file: string): Records {
  expectKind(file, "tar");
  const tar = openTar(file);
  try {
    const samples = new Map<string, Record<string, unknown>>();
    for (const member of tar.members()) {
      if (member.kind !== "file" || path.posix.basename(member.name).startsWith(".")) continue;
      const { key, ending } = sampleParts(member.name);
      if (samples.size === FIRST && !samples.has(key)) break;
      const sample = samples.get(key) ?? {};
      samples.set(
        key,
        Object.assign(
          sample,
          fieldsIn(member, ending, (most) => tar.bytes(member.offset, most)),
        ),
      );
    }
    return [...samples.values()];
  } finally {
    tar.close();
  }
}

/** Bytes of a text that are examined. */
const MOST = 2 ** 16;

function fieldsIn({ name, size }: TarMember, ending: string, read: (most: number) => Buffer): Record<string, unknown> {
  if (ENDINGS.test(name)) return { [ending]: inside };
  if (!/^(?:json|cls|txt|text|caption)$/.test(ending) || size > MOST) return {};
  const text = read(size).toString("utf8");
  if (ending !== "json") return { [ending]: text };
  return Object.fromEntries(Object.entries(objectIn(text) ?? {}).map(([key, value]) => [`json.${key}`, value]));
}

function mapped(record: Records[number], change: (value: unknown) => unknown): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]));
}
