// Files of another format passed as a specification: recognised and reported, and not parsed.
import { diagnostic } from "./codes.js";
import type { Diagnostic } from "./diagnostic.js";
import { byteOrderMark, type SourceFile } from "./source.js";

interface ForeignKind {
  /** How such a file starts, after blank lines and comments. */
  readonly begins: RegExp;
  /** Continues the sentence "this is". */
  readonly what: string;
  readonly instead: string;
}

const rewrite = "write it in this language: `specs/quickstart.vlmo` is an example, `vlmo explain model` lists the keys";

/** More specific formats first. */
const kinds: readonly ForeignKind[] = [
  {
    begins: /^version https:\/\/git-lfs\.github\.com\//,
    what: "a pointer of Git LFS, in the place of a file that was not downloaded",
    instead: "run `git lfs pull` in its repository, or download the file itself",
  },
  {
    begins: /^<(?:!doctype\s+html|html|head|body)\b/i,
    what: "a web page (HTML), as downloads that failed leave",
    instead: "download the file itself: where a page shows it, that is what `Raw` gives",
  },
  { begins: /^<(?:\?xml|!--|[a-z][\w:-]*[\s/>])/i, what: "XML", instead: rewrite },
  { begins: /^\[+[\w."-]+\]+[ \t]*(?:[#;].*)?$/m, what: "TOML or an INI file", instead: rewrite },
  { begins: /^(?:\{\s*(?:"|\}\s*$)|\[\s*(?:[{["\d\]-]|true|false|null))/, what: "JSON", instead: rewrite },
  {
    begins:
      /^(?:import \w+(?:[.,]|[ \t]*$|[ \t]+as )|from [\w.]+ import |(?:async )?def \w+\(|class \w+[(:]|@\w+|"""|if __name__)/m,
    what: "Python",
    instead: rewrite,
  },
  { begins: /^(?:---[ \t]*$|%YAML|- \w|[\w.-]+:(?:[ \t]|$))/m, what: "YAML", instead: rewrite },
];

/** V010 for a file of another format; undefined if it may be a specification. */
export function foreignFile(source: SourceFile): Diagnostic | undefined {
  const text = source.text.startsWith(byteOrderMark) ? source.text.slice(byteOrderMark.length) : source.text;
  const body = text.replace(/^(?:[ \t]*(?:#[^\n]*)?\r?\n)*\s*/, "");
  const kind = kinds.find(({ begins }) => beginsWith(body, begins));
  if (kind === undefined) return undefined;
  const start = source.text.length - body.length;
  const line = /^[^\r\n]*/.exec(body)?.[0].trimEnd() ?? "";
  const help = `this is ${kind.what}: ${kind.instead}`;
  return diagnostic("V010", { file: source, start, end: start + line.length }, {}, { help });
}

/** V020 at the first conflict marker of a merge: parsed as is, each setting would occur twice. */
export function unmergedFile(source: SourceFile): Diagnostic | undefined {
  const mark = /^<{7}(?= |\r?$)/m.exec(source.text);
  if (mark === null || !/^>{7}(?= |\r?$)/m.test(source.text.slice(mark.index))) return undefined;
  const span = { file: source, start: mark.index, end: mark.index + mark[0].length };
  const help = "keep one of the two, and take out the lines that begin with `<<<<<<<`, `=======` and `>>>>>>>`";
  return diagnostic("V020", span, { wanted: "one text", found: "the two sides of a merge" }, { help });
}

/** Tests only the first lines, whatever the size of the file. */
function beginsWith(body: string, pattern: RegExp): boolean {
  return pattern.exec(body.slice(0, 500))?.index === 0;
}
