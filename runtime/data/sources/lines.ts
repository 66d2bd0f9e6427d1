// Text files with a text per line or paragraph. A corpus may be larger than memory: only the offsets of lines are kept, and
// texts are read on demand.
import { createHash, type Hash } from "node:crypto";
import { closeSync, openSync, readSync } from "node:fs";
import path from "node:path";
import { visible } from "../../../grammar/index.js";
import { systemError } from "../../errors/system-error.js";
import { allOf, mistakesIn, vlmoError, type VlmoError } from "../../errors/vlmo-error.js";
import type { DataSet, Item, Note } from "./data-set.js";
import { areIn, type Part } from "./hold-out.js";
import { otherFormat } from "./recognise.js";
import { recordSet } from "./record-set.js";
import type { SourceSettings } from "./settings.js";
import { readLines, type Line } from "./text-file.js";
import { hasWords } from "../text/tokenizer.js";

/** The lines of a file that contain text: byte offsets, and numbers from 1. */
interface Lines {
  readonly file: string;
  readonly begins: number[];
  readonly ends: number[];
  readonly numbers: number[];
}

/** Opens text files as one data set, in their order, without blank lines. Throws V910, V919, V981, V982. */
export async function openLines({ files, unit, split, on_error: onError }: SourceSettings<"lines">): Promise<DataSet> {
  const unread: VlmoError[] = [];
  const problems: VlmoError[] = [];
  const hash = createHash("sha256");
  const whole: Lines[] = [];
  for (const file of files) {
    try {
      whole.push(await scan(file, unit, problems, hash));
    } catch (error) {
      unread.push(...mistakesIn(error));
    }
  }
  // Files that cannot be read are all reported, whatever `on_error` says: it is about records.
  if (unread.length > 0) throw allOf([...unread, ...problems]);
  const parts = split === undefined ? whole : linesIn(split, whole);
  return recordSet({
    kind: "texts",
    file: files[0] ?? "",
    length: parts.reduce((sum, { begins }) => sum + begins.length, 0),
    item: (index) => itemAt(parts, index),
    problems,
    onError,
    digest: () => ({ records: hash.digest("hex") }),
    empty: "its files hold no text",
    notes: files.flatMap(oddities),
  });
}

/** Notes on files that are probably not meant as lines, although any text can be read so. */
function oddities(file: string): Note[] {
  const other = otherFormat(file, "lines");
  return other === undefined ? [] : [{ says: `${other.message}; it is read line by line`, count: 1, names: [] }];
}

type Unit = SourceSettings<"lines">["unit"];

async function scan(file: string, unit: Unit, problems: VlmoError[], hash: Hash): Promise<Lines> {
  const texts = new Texts(file, unit);
  await readLines(file, {
    hash,
    line: (line) => {
      const control = controlIn(line.text);
      if (control === undefined) return hasWords(line.text) ? texts.take(line) : texts.end();
      const reason = `it holds the control character ${visible(control)}, as binary files do`;
      problems.push(vlmoError("V981", { reason }, { file, line: line.number }));
      texts.spoil();
    },
    broken: (mistake) => {
      problems.push(mistake);
      texts.spoil();
    },
  });
  hash.update(`\0${unit === "line" ? "" : unit}`);
  return texts.lines;
}

/** Collects texts from non-blank lines. */
class Texts {
  readonly lines: Lines;
  /** Whether the next line continues the last text; `spoilt` if one of its lines cannot be read. */
  private state: "ended" | "open" | "spoilt" = "ended";

  constructor(
    file: string,
    private readonly unit: Unit,
  ) {
    this.lines = { file, begins: [], ends: [], numbers: [] };
  }

  take({ number, begin, end }: Line): void {
    const { begins, ends, numbers } = this.lines;
    if (this.state === "spoilt") return;
    if (this.state === "open") ends[ends.length - 1] = end;
    else {
      begins.push(begin);
      ends.push(end);
      numbers.push(number);
    }
    if (this.unit === "paragraph") this.state = "open";
  }

  /** A blank line. */
  end(): void {
    this.state = "ended";
  }

  /** A paragraph with an unreadable line is left out. */
  spoil(): void {
    if (this.unit === "line") return;
    if (this.state === "open") for (const list of [this.lines.begins, this.lines.ends, this.lines.numbers]) list.pop();
    this.state = "spoilt";
  }
}

/** The first control character, other than tab, line and page ends. */
function controlIn(text: string): string | undefined {
  return /[^\P{Cc}\t\n\v\f\r\u0085]/u.exec(text)?.[0];
}

/** The lines in the part, by their position. */
function linesIn(split: Part, whole: readonly Lines[]): Lines[] {
  const names = whole.flatMap(({ file, numbers }) => numbers.map((number) => `${path.basename(file)}:${number}`));
  const taken = areIn(split, names, whole[0]?.file ?? "");
  let before = 0;
  return whole.map(({ file, begins, ends, numbers }) => {
    const first = before;
    before += numbers.length;
    const isIn = (_: number, i: number): boolean => taken[first + i] === true;
    return { file, begins: begins.filter(isIn), ends: ends.filter(isIn), numbers: numbers.filter(isIn) };
  });
}

function itemAt(parts: readonly Lines[], index: number): Item | undefined {
  let rest = index;
  for (const { file, begins, ends, numbers } of parts) {
    const [begin, end] = [begins[rest], ends[rest]];
    if (begin !== undefined && end !== undefined) {
      return { name: `${path.basename(file)}:${numbers[rest] ?? 0}`, images: [], text: joined(read(file, begin, end)) };
    }
    rest -= begins.length;
  }
  return undefined;
}

/** The lines of a paragraph joined to one. */
function joined(text: string): string {
  return text.trim().replace(/\s*\n\s*/g, " ");
}

function read(file: string, begin: number, end: number): string {
  const bytes = Buffer.alloc(end - begin);
  try {
    const opened = openSync(file, "r");
    try {
      readSync(opened, bytes, 0, bytes.length, begin);
    } finally {
      closeSync(opened);
    }
  } catch (error) {
    throw systemError("V910", file, error);
  }
  return bytes.toString("utf8");
}
