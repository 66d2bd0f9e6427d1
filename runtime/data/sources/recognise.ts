// Recognises files that are not what a data block reads them as: another encoding, compressed, a data set in another format.
// Each is reported once, with a remedy. This is the one table of known kinds.
import { vlmoError, type VlmoError } from "../../errors/vlmo-error.js";
import { begins, binaries, strangers, wanted, type Kind, type KnownForm, type ReadAs } from "./file-kinds.js";
import { glanceAt, type Glance } from "./glance.js";

/** Throws V982 for a file that is not UTF-8 text. */
export function expectText(glance: Glance): void {
  const kind = strangers.find(({ isIt }) => isIt(glance));
  if (kind !== undefined) throw found(kind, glance.file, "data that can be read here");
}

/** V982 if a file is a data set of another format than it is read as; undefined if nothing is known. */
export function otherFormat(file: string, readAs: ReadAs): VlmoError | undefined {
  const glance = glanceAt(file);
  const kind = formats.find(({ isIt }) => isIt(glance));
  return kind === undefined || kind.fits?.includes(readAs) === true ? undefined : found(kind, file, wanted[readAs]);
}

/** Throws V982 if a file is a data set of another format. */
export function expectFormat(file: string, readAs: ReadAs): void {
  const other = otherFormat(file, readAs);
  if (other !== undefined) throw other;
}

/** The data set format of a file and the ends by which it was recognised; null if none is known. */
export function formOf(file: string): (Glance & { readonly form: KnownForm }) | null {
  const glance = glanceAt(file);
  if (strangers.some(({ isIt }) => isIt(glance))) return null;
  const form = formats.find(({ isIt }) => isIt(glance))?.form;
  return form === undefined ? null : { ...glance, form };
}

/** What a file is that cannot be used as a data set, and what to do about it; null if nothing is known. */
export function otherwise(file: string): { readonly what: string; readonly instead: string } | null {
  const glance = glanceAt(file);
  const kind = [...strangers, ...formats].find(({ isIt }) => isIt(glance));
  return kind === undefined ? null : { what: kind.what, instead: kind.instead(file) };
}

/** `1000092795.jpg#0`, a tab, and a caption. */
const flickr = /^\S+\.(?:jpe?g|png)#\d+\t/i;

/** Formats that are a single JSON document. */
const documents: readonly ReadAs[] = ["karpathy", "coco", "instances", "vqa2", "vqa2_answers"];

/** Throws V982 for a file that is known to be something else. */
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

const recipe = (what: string) => () =>
  `write ${what} as JSON lines, one object a line; docs/data.md, "Other formats", has the few lines that do it`;

/** Whether each key occurs at the beginning or the end. */
const holds =
  (...keys: readonly string[]): Kind["isIt"] =>
  ({ head, tail }) =>
    keys.every((key) => new RegExp(`"${key}"\\s*:`).test(head) || new RegExp(`"${key}"\\s*:`).test(tail));

const takeVocabulary = (path: string) => (file: string) =>
  "name the `vocab.txt` of the same model, one token a line; where it has none: " +
  `\`jq -r '${path} | to_entries | sort_by(.value)[].key' "${file}" > vocab.txt\``;

/** Data sets and other text files, the more specific first. */
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
    form: "karpathy",
  },
  {
    isIt: (glance) => isDocument(glance) && holds("image_id", "caption")(glance),
    what: "COCO captions",
    instead: () => "read it as `pairs` of `format: coco`, with the file as `annotations`",
    fits: ["coco"],
    form: "coco",
  },
  {
    isIt: (glance) => isDocument(glance) && (holds("supercategory")(glance) || holds("bbox", "image_id")(glance)),
    what: "COCO's boxes and outlines of objects",
    instead: () =>
      "read it as `masks` of `format: coco`, or name the captions of the same images, `captions_….json`, as `pairs`",
    fits: ["instances"],
    form: "instances",
  },
  {
    isIt: (glance) => holds("questions", "question_id")(glance) && isDocument(glance),
    what: "the questions of VQA v2",
    instead: takeVqa,
    fits: ["vqa2"],
    form: "vqa2",
  },
  {
    isIt: holds("question_id", "answers", "answer_confidence"),
    what: "the answers of VQA v2",
    instead: takeVqa,
    fits: ["vqa2_answers"],
    form: "vqa2_answers",
  },
  {
    isIt: holds("sentence", "identifier", "left_url"),
    what: "the sentences of NLVR2, which name no image files",
    instead: () => "write `format: nlvr2`, with the file as `records`",
    fits: ["nlvr2"],
    form: "nlvr2",
  },
  {
    isIt: holds("sentence", "identifier", "structured_rep"),
    what: "the sentences of NLVR, which name no image files",
    instead: () => "write `format: nlvr`, with the file as `records` and the `split` that it is",
    fits: ["nlvr2"],
  },
  {
    isIt: isEmptied,
    what: "annotations of which a list is empty",
    instead: () => "name the file that has entries: this one is cut to nothing, or of a part that is not published",
    fits: documents,
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
    isIt: ({ head }) => /^\s*\[?\s*\{\s*'/.test(head),
    what: "data as Python prints them",
    instead: () => "write each record with `json.dumps`, one a line",
    fits: ["lines", "vocabulary", "names"],
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
    form: "jsonl",
  },
  {
    isIt: ({ head }) => /^\{\s*("(?:[^"\\]|\\.)*"\s*:|\}$)/.test(linesIn(head)[0] ?? ""),
    what: "JSON, an object a line",
    instead: (file) =>
      `write \`format: jsonl\`, with the file as \`records\`; where these are in a list in it, \`jq -c '.NAME[]' "${file}" > records.jsonl\``,
    fits: [...documents, "jsonl", "nlvr2"],
  },
  {
    isIt: ({ head }) => linesIn(head).length > 1 && isListOfJson(linesIn(head)[0] ?? ""),
    what: "JSON, a list a line",
    instead: (file) => `write an object a line: \`jq -c '{image: .[0], text: .[1]}' "${file}" > records.jsonl\``,
    fits: documents,
  },
  ...[";", "|"].map((separator): Kind => ({
    isIt: isTable(separator, /^[\w .-]*$/),
    what: `a table whose columns stand between \`${separator}\``,
    instead: () => `${takeTable()}, and \`separator: "${separator}"\``,
    fits: ["csv", "lines"],
    form: "csv",
  })),
  {
    isIt: ({ head }) =>
      linesIn(head)
        .slice(0, 3)
        .every((line) => flickr.test(line)) && flickr.test(head.trimStart()),
    what: "captions as Flickr8k and Flickr30k have them, without names of columns",
    instead: (file) =>
      `write them as JSON lines: \`jq -cR 'split("\\t") | {image: (.[0] | split("#")[0]), text: .[1]}' "${file}" > captions.jsonl\``,
    fits: ["lines"],
  },
  { isIt: isTable("\t", /^/), what: "a table with tabs (TSV)", instead: takeTable, fits: ["csv"], form: "csv" },
  {
    isIt: isTable(",", /^(\w[\w.-]*)?$/),
    what: "a table with commas (CSV)",
    instead: takeTable,
    fits: ["csv"],
    form: "csv",
  },
  {
    isIt: isTable(",", /^[\w .-]*$/),
    what: "a table with commas (CSV)",
    instead: takeTable,
    fits: ["csv", "lines"],
    form: "csv",
  },
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

/** Whether it is one JSON value over several lines, or on a single line with lists of objects. */
function isDocument({ head, tail }: Glance): boolean {
  const [first = "", second] = linesIn(head);
  const isList = /^\[\s*($|["{[\]\d-]|true|false|null)/.test(first);
  if (second !== undefined) return first === "{" || (isList && !isJson(first));
  if (/\n./.test(tail)) return false;
  return isList || (first.startsWith("{") && /:\s*\[\s*\{/.test(first));
}

/** Whether it has the frame of published annotations, but no entries. */
function isEmptied({ head, tail }: Glance): boolean {
  return (
    /^(\xef\xbb\xbf)?\s*\{/.test(head) &&
    /"(info|dataset|data_subtype)"\s*:/.test(head + tail) &&
    /"(images|annotations|questions)"\s*:\s*\[\s*\]/.test(head + tail)
  );
}

/** XML declarations, or an element that is closed later: `<pad>` alone is a token. */
function isMarkup({ head, tail }: Glance): boolean {
  const [, said = "", name = ""] = /^(?:\xef\xbb\xbf)?\s*<(\?xml|!--|!doctype|([a-z][\w:-]*)[\s/>])/i.exec(head) ?? [];
  return said !== "" && (name === "" || head.includes(`</${name}`) || tail.includes(`</${name}`));
}

function isRecords({ head }: Glance): boolean {
  const lines = linesIn(head).slice(0, 3);
  return lines.length > 1 && lines.every((line) => line.startsWith("{") && isJson(line));
}

/** Non-blank lines; the last may be truncated. */
function linesIn(head: string): string[] {
  return head
    .replace(/^\xef\xbb\xbf/, "")
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

function isListOfJson(line: string): boolean {
  return line.startsWith("[") && isJson(line);
}

function isJson(line: string): boolean {
  try {
    JSON.parse(line);
    return true;
  } catch {
    return false;
  }
}

/** Lines with equally many separators below a line of such names: commas in texts are followed by spaces. */
function isTable(separator: string, form: RegExp): Kind["isIt"] {
  return ({ head }) => {
    const lines = linesIn(head).slice(0, 3);
    if (lines.length < 2 || /^[[{]/.test(lines[0] ?? "")) return false;
    const [names = [], ...rows] = lines.map((line) => line.replace(/"[^"]*"/g, "").split(separator));
    if (!names.every((name) => form.test(name))) return false;
    return names.length > 1 && rows.every((row) => row.length === names.length);
  };
}
