// What a file is that is not what a data block reads it as: another encoding, something packed, a data set in another
// format. Each is reported once, in words and with a remedy; the one table of what is known.
import { savedAsUtf8 } from "../../../grammar/index.js";
import { vlmoError, type VlmoError } from "../../errors/vlmo-error.js";
import { firstBytes, packings, type FirstBytes } from "../../formats/first-bytes.js";
import { glanceAt, type Glance } from "./glance.js";

const wanted = {
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

/** A kind of file. */
interface Kind {
  readonly isIt: (glance: Glance) => boolean;
  /** Reads on after "is". */
  readonly what: string;
  readonly instead: (file: string) => string;
  /** What is expected instead; by what the file is read as where it is left out. */
  readonly not?: string;
  /** Where it is not reported, since it is what is expected. */
  readonly fits?: readonly ReadAs[];
}

/** Throws V982 for what holds no text in UTF-8. */
export function expectText(glance: Glance): void {
  const kind = strangers.find(({ isIt }) => isIt(glance));
  if (kind !== undefined) throw found(kind, glance.file, "data that can be read here");
}

/** V982 where a file is a data set of another format than it is read as; undefined where that is not known. */
export function otherFormat(file: string, readAs: ReadAs): VlmoError | undefined {
  const glance = glanceAt(file);
  const kind = formats.find(({ isIt }) => isIt(glance));
  return kind === undefined || kind.fits?.includes(readAs) === true ? undefined : found(kind, file, wanted[readAs]);
}

/** What is read from one JSON document. */
const documents: readonly ReadAs[] = ["karpathy", "coco", "instances", "vqa2", "vqa2_answers"];

/** Files that are no text, by what they are read as. */
const binaries = {
  // Of nothing but zeros: an archive without members.
  tar: { isIt: ({ head }) => firstBytes.tar(head) || /^\0{512}/.test(head), wanted: "a tar archive" },
  arrow: { isIt: ({ head }) => /^(ARROW1|\xff{4})/.test(head), wanted: "a table of Apache Arrow" },
  parquet: { isIt: begins("PAR1"), wanted: "a table of Apache Parquet" },
} as const satisfies Record<string, { readonly isIt: Kind["isIt"]; readonly wanted: string }>;

/** Throws V982 for what is known as something else. */
export function expectKind(file: string, kind: keyof typeof binaries): void {
  const { isIt, wanted } = binaries[kind];
  const glance = glanceAt(file);
  if (isIt(glance)) return;
  const other = [...strangers, ...formats].find((each) => each.isIt(glance));
  if (other !== undefined) throw found(other, file, wanted);
}

function found({ what, not, instead }: Kind, file: string, otherwise: string): VlmoError {
  return vlmoError("V982", { file, what, wanted: not ?? otherwise }, { help: instead(file) });
}

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

/** What holds no text in UTF-8, by its first bytes. */
const strangers: readonly Kind[] = [
  encoded("UTF-32", "UTF-32", ({ head }) => /^(\xff\xfe\0\0|\0\0\xfe\xff)/.test(head)),
  encoded("UTF-16 (little endian)", "UTF-16", begins("\xff\xfe")),
  encoded("UTF-16 (big endian)", "UTF-16", begins("\xfe\xff")),
  encoded("UTF-16 (little endian)", "UTF-16LE", isWide(1)),
  encoded("UTF-16 (big endian)", "UTF-16BE", isWide(0)),
  ...packings.map(({ name, isIt, unpack, isArchive }) =>
    packed(isArchive === true ? `a ${name} archive` : `packed by ${name}`, unpack, isIt),
  ),
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
    instead: () => "download the file again; open its address in a browser to see what stands in the way",
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

/** What no text holds: but the tab, the ends of lines and pages, and the escape that colours begin with. */
const controls = /[\x01-\x08\x0e-\x1a\x1c-\x1f\x7f]/g;

/** How many bytes are searched for zeros and controls. */
const SAMPLE = 4096;

function begins(magic: string): Kind["isIt"] {
  return ({ head }) => head.startsWith(magic);
}

/** Two bytes a character, without a mark that says so: every zero byte is the upper half of one. */
function isWide(upper: 0 | 1): Kind["isIt"] {
  return ({ head }) => {
    const zeros = zerosIn(head);
    return zeros.length > head.slice(0, SAMPLE).length / 10 && zeros.every((at) => at % 2 === upper);
  };
}

/** Where zero bytes stand: text has none, and one that strayed in makes no file binary. */
function zerosIn(head: string): number[] {
  return [...head.slice(0, SAMPLE)].flatMap((byte, i) => (byte === "\0" ? [i] : []));
}

const recipe = (what: string) => () =>
  `write ${what} as JSON lines, one object a line; docs/data.md, "Other formats", has the few lines that do it`;

/** Both ends have these keys. */
const holds =
  (...keys: readonly string[]): Kind["isIt"] =>
  ({ head, tail }) =>
    keys.every((key) => new RegExp(`"${key}"\\s*:`).test(head) || new RegExp(`"${key}"\\s*:`).test(tail));

const takeVocabulary = (path: string) => (file: string) =>
  "name the `vocab.txt` of the same model, one token a line; where it has none: " +
  `\`jq -r '${path} | to_entries | sort_by(.value)[].key' "${file}" > vocab.txt\``;

/** Data sets and other files of text, the more particular first. */
const formats: readonly Kind[] = [
  {
    isIt: begins("{\\rtf"),
    what: "a document of a word processor (RTF)",
    instead: () => "save it as plain text in UTF-8",
  },
  {
    isIt: isMarkup,
    what: "XML",
    instead: recipe("its records"),
  },
  {
    isIt: (glance) => isDocument(glance) && holds("sentences", "split", "images")(glance),
    what: "the JSON of Karpathy's splits",
    instead: () => "write `format: karpathy`, with the file as `annotations`",
    fits: ["karpathy"],
  },
  {
    isIt: (glance) => isDocument(glance) && holds("image_id", "caption")(glance),
    what: "COCO captions",
    instead: () => "read it as `pairs` of `format: coco`, with the file as `annotations`",
    fits: ["coco"],
  },
  {
    isIt: (glance) => isDocument(glance) && (holds("supercategory")(glance) || holds("bbox", "image_id")(glance)),
    what: "COCO's boxes and outlines of objects",
    instead: () =>
      "read it as `masks` of `format: coco`, or name the captions of the same images, `captions_….json`, as `pairs`",
    fits: ["instances"],
  },
  {
    isIt: (glance) => holds("questions", "question_id")(glance) && isDocument(glance),
    what: "the questions of VQA v2",
    instead: takeVqa,
    fits: ["vqa2"],
  },
  {
    isIt: holds("question_id", "answers", "answer_confidence"),
    what: "the answers of VQA v2",
    instead: takeVqa,
    fits: ["vqa2_answers"],
  },
  {
    isIt: holds("sentence", "identifier", "label", "left_url"),
    what: "the sentences of NLVR2, which name no image files",
    instead: () => "write `format: nlvr2`, with the file as `records`",
    fits: ["nlvr2"],
  },
  {
    isIt: holds("sentence", "identifier", "structured_rep"),
    what: "the sentences of NLVR, which name no image files",
    instead: () => "write `format: nlvr`, with the file as `records` and the `split` that it is",
    fits: ["nlvr2"],
  },
  { isIt: holds("conversations", "from", "value"), what: "conversations, as LLaVA has them", instead: recipe("them") },
  {
    isIt: holds("regions", "phrase"),
    what: "the region descriptions of Visual Genome",
    instead: recipe("each description with its image"),
  },
  {
    isIt: holds("added_tokens", "normalizer", "model"),
    what: "the tokenizer.json of Hugging Face",
    instead: takeVocabulary(".model.vocab"),
  },
  {
    isIt: ({ head }) => /^(\xef\xbb\xbf)?\s*\{(\s*"([^"\\]|\\.)*"\s*:\s*\d+\s*[,}]){2}/.test(head),
    what: "a vocab.json, tokens with their numbers",
    instead: takeVocabulary("."),
    fits: ["jsonl", "csv", "karpathy", "coco", "instances", "lines", "names"],
  },
  {
    isIt: (glance) => isDocument(glance) && /^(\xef\xbb\xbf)?\s*\[/.test(glance.head),
    what: "one JSON list",
    instead: (file) => `write an element a line: \`jq -c '.[]' "${file}" > records.jsonl\` (for names \`jq -r\`)`,
    fits: documents,
  },
  {
    isIt: isDocument,
    what: "one JSON document",
    instead: (file) =>
      `write an object a line: \`jq -c . "${file}" > records.jsonl\`, of a list in it \`jq -c '.NAME[]'\``,
    fits: documents,
  },
  {
    isIt: isRecords,
    what: "JSON lines",
    instead: () => "write `format: jsonl`, with the file as `records`",
    fits: ["jsonl", "nlvr2"],
  },
  { isIt: isTable("\t", /^/), what: "a table with tabs (TSV)", instead: takeTable, fits: ["csv"] },
  { isIt: isTable(",", /^(\w[\w.-]*)?$/), what: "a table with commas (CSV)", instead: takeTable, fits: ["csv"] },
  { isIt: isTable(",", /^[\w .-]*$/), what: "a table with commas (CSV)", instead: takeTable, fits: ["csv", "lines"] },
  {
    isIt: ({ head }) =>
      linesIn(head).length > 0 &&
      !linesIn(head)
        .slice(0, 3)
        .some((line) => /^[[{]/.test(line)),
    what: "plain text",
    instead: () => "records are objects of JSON; `format: lines` reads texts, one a line",
    fits: ["lines", "vocabulary", "names", "csv"],
  },
];

function takeVqa(): string {
  return "write `format: vqa2`, with the file of `questions` and, where there are answers, that of `annotations`";
}

function takeTable(): string {
  return "write `format: csv`, with the file as `records`; its first line names the columns";
}

/** Whether it is one value of JSON over several lines, or in a single line that holds lists of objects. */
function isDocument({ head, tail }: Glance): boolean {
  const [first = "", second] = linesIn(head);
  const isList = /^\[\s*($|["{[\d-]|true|false|null)/.test(first);
  if (second !== undefined) return first === "{" || (isList && !isJson(first));
  if (/\n./.test(tail)) return false;
  return isList || (first.startsWith("{") && /:\s*\[\s*\{/.test(first));
}

/** What says that it is XML, or an element that is closed further on: `<pad>` alone is a token. */
function isMarkup({ head, tail }: Glance): boolean {
  const [, said = "", name = ""] = /^(?:\xef\xbb\xbf)?\s*<(\?xml|!--|!doctype|([a-z][\w:-]*)[\s/>])/i.exec(head) ?? [];
  return said !== "" && (name === "" || head.includes(`</${name}`) || tail.includes(`</${name}`));
}

function isRecords({ head }: Glance): boolean {
  const lines = linesIn(head).slice(0, 3);
  return lines.length > 1 && lines.every((line) => line.startsWith("{") && isJson(line));
}

/** Lines with something in them; the last may be cut off. */
function linesIn(head: string): string[] {
  return head
    .replace(/^\xef\xbb\xbf/, "")
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

function isJson(line: string): boolean {
  try {
    JSON.parse(line);
    return true;
  } catch {
    return false;
  }
}

/** Lines with as many separators each, below a line of such names: texts have commas too, with blanks after them. */
function isTable(separator: string, form: RegExp): Kind["isIt"] {
  return ({ head }) => {
    const lines = linesIn(head).slice(0, 3);
    if (lines.length < 2 || /^[[{]/.test(lines[0] ?? "")) return false;
    const [names = [], ...rows] = lines.map((line) => line.replace(/"[^"]*"/g, "").split(separator));
    if (!names.every((name) => form.test(name))) return false;
    return names.length > 1 && rows.every((row) => row.length === names.length);
  };
}
