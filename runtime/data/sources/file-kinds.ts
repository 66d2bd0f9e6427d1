// Kinds of files by their first bytes, and those that are not UTF-8 text: other encodings, compressed files, images.
import { savedAsUtf8 } from "../../../grammar/index.js";
import { firstBytes, packings, type FirstBytes } from "../../formats/first-bytes.js";
import type { Glance } from "./glance.js";

/** What files are read as, for messages. */
export const wanted = {
  jsonl: "JSON lines, one object a line",
  csv: "a table of text with the names of its columns in the first line",
  karpathy: "the JSON of Karpathy's splits",
  coco: "COCO captions",
  instances: "COCO's outlines of objects",
  vqa2: "the questions of VQA v2",
  vqa2_answers: "the annotations of VQA v2",
  nlvr2: "the sentences of NLVR",
  lines: "texts, one a line",
  vocabulary: "a vocabulary, one token a line",
  names: "a list of names, one a line",
} as const satisfies Record<string, string>;

/** What a file is read as. */
export type ReadAs = keyof typeof wanted;

/** Data set formats that are recognised by the ends of a file. */
export type KnownForm = "karpathy" | "coco" | "instances" | "vqa2" | "vqa2_answers" | "nlvr2" | "jsonl" | "csv";

/** A kind of file. */
export interface Kind {
  readonly isIt: (glance: Glance) => boolean;
  /** Worded to follow "is". */
  readonly what: string;
  readonly instead: (file: string) => string;
  /** What is expected instead; default: by what the file is read as. */
  readonly not?: string;
  /** What the file may be read as without a report, since this kind is expected there. */
  readonly fits?: readonly ReadAs[];
  /** The format, if it is a data set that can be read. */
  readonly form?: KnownForm;
}

/** Files that are not text, by what they are read as. */
export const binaries = {
  // Zeros only: an archive without members.
  tar: { isIt: ({ head }) => firstBytes.tar(head) || /^\0{512}/.test(head), wanted: "a tar archive" },
  arrow: { isIt: ({ head }) => /^(ARROW1|\xff{4})/.test(head), wanted: "a table of Apache Arrow" },
  parquet: { isIt: begins("PAR1"), wanted: "a table of Apache Parquet" },
} as const satisfies Record<string, { readonly isIt: Kind["isIt"]; readonly wanted: string }>;

const encoded = (what: string, encoding: string, isIt: Kind["isIt"]): Kind => ({
  isIt,
  what: `text in ${what}`,
  not: "in UTF-8",
  instead: (file) => savedAsUtf8(encoding, [`"${file}"`, "utf8.txt"]),
});

const packed = (what: string, unpack: string, isIt: FirstBytes): Kind => ({
  isIt: ({ head }) => isIt(head),
  what,
  instead: (file) => `unpack it (\`${unpack} "${file}"\`) and name what is in it`,
});

/** Files that are not UTF-8 text, by their first bytes. */
export const strangers: readonly Kind[] = [
  encoded("UTF-32", "UTF-32", ({ head }) => /^(\xff\xfe\0\0|\0\0\xfe\xff)/.test(head)),
  encoded("UTF-16 (little endian)", "UTF-16", begins("\xff\xfe")),
  encoded("UTF-16 (big endian)", "UTF-16", begins("\xfe\xff")),
  encoded("UTF-16 (little endian)", "UTF-16LE", isWide(1)),
  encoded("UTF-16 (big endian)", "UTF-16BE", isWide(0)),
  ...packings.map(({ name, isIt, unpack, isArchive }) =>
    packed(isArchive === true ? `a ${name} archive` : `packed by ${name}`, unpack, isIt),
  ),
  {
    isIt: isWorkbook,
    what: "a workbook of a spreadsheet program",
    instead: () => "save its sheet as CSV in UTF-8, its first line naming the columns, and write `format: csv`",
  },
  packed("a zip archive", "unzip", firstBytes.zip),
  {
    isIt: ({ head }) => firstBytes.tar(head),
    what: binaries.tar.wanted,
    instead: (file) =>
      `where it holds samples, write \`format: webdataset\`, with the file among its \`shards\`; else unpack it (\`tar -xf "${file}"\`)`,
  },
  {
    isIt: (glance) => binaries.parquet.isIt(glance),
    what: binaries.parquet.wanted,
    instead: () => "write `format: parquet`, with the file among its `files`",
  },
  {
    isIt: (glance) => binaries.arrow.isIt(glance),
    what: binaries.arrow.wanted,
    instead: () => "write `format: arrow`, with the file among its `files`",
  },
  {
    isIt: ({ head }) => firstBytes.gitLfs(head),
    what: "a pointer of Git LFS, in the place of a file that was not downloaded",
    instead: () => "run `git lfs pull` in its repository, or download the file itself",
  },
  {
    isIt: ({ head }) => firstBytes.html(head),
    what: "a web page (HTML), as downloads that failed leave",
    instead: () => "download the file again; open its address in a browser to see why",
  },
  {
    isIt: ({ head }) => firstBytes.image(head),
    what: "an image",
    instead: () => "name the file of records; `format: folder` reads a folder of images",
  },
  { isIt: ({ head }) => firstBytes.pdf(head), what: "a PDF", instead: () => "save its text as a text file" },
  {
    isIt: ({ head }) => zerosIn(head).length > head.slice(0, SAMPLE).length / 50,
    what: "a binary file, with zero bytes",
    not: "text",
    instead: () => "name a text file in UTF-8",
  },
  {
    isIt: ({ head }) => (head.slice(0, SAMPLE).match(controls)?.length ?? 0) > head.slice(0, SAMPLE).length / 50,
    what: "a binary file, with control characters",
    not: "text",
    instead: () => "name a text file in UTF-8",
  },
  {
    isIt: ({ head, tail }) => /\r[\s\S]/.test(head) && !head.includes("\n") && !tail.includes("\n"),
    what: "text whose lines end as on old Macs, in a carriage return",
    not: "in a line feed",
    instead: (file) => `end its lines in line feeds: \`tr '\\r' '\\n' < "${file}" > unix.txt\``,
  },
];

/** Control characters that no text has: all but tab, line and page ends, and the escape of terminal colours. */
const controls = /[\x01-\x08\x0e-\x1a\x1c-\x1f\x7f]/g;

/** Bytes that are searched for zeros and control characters. */
const SAMPLE = 4096;

/** Whether it is XLSX or ODS (zip archives that name their parts at both ends), or the XLS of earlier versions of Excel. */
function isWorkbook({ head, tail }: Glance): boolean {
  if (!firstBytes.zip(head)) return firstBytes.oldOffice(head) && head.includes("W\0o\0r\0k\0b\0o\0o\0k");
  return /xl\/workbook\.|opendocument\.spreadsheet/.test(head + tail);
}

/** Files with these first bytes. */
export function begins(magic: string): Kind["isIt"] {
  return ({ head }) => head.startsWith(magic);
}

/** UTF-16 without a byte order mark: every zero byte is the upper half of a character. */
function isWide(upper: 0 | 1): Kind["isIt"] {
  return ({ head }) => {
    const zeros = zerosIn(head);
    return zeros.length > head.slice(0, SAMPLE).length / 10 && zeros.every((at) => at % 2 === upper);
  };
}

/** Positions of zero bytes: text has none, but a single stray one does not make a file binary. */
function zerosIn(head: string): number[] {
  return [...head.slice(0, SAMPLE)].flatMap((byte, i) => (byte === "\0" ? [i] : []));
}
