// The canonical form of a whole file, or of the declarations in a range. A file with syntax errors is left unchanged.
import type { Range, TextEdit } from "vscode-languageserver-types";
import { createSource, formatSource, parse, spanText, type File } from "../../grammar/index.js";
import { editOf, spanOf, touches } from "./convert.js";
import type { Workspace } from "./workspace.js";

/** The edits that format a document. */
export function formatting(uri: string, workspace: Workspace): TextEdit[] {
  const source = workspace.moduleOf(uri)?.file.source;
  const text = source === undefined ? undefined : formatSource(source).text;
  if (source === undefined || text === undefined || text === source.text) return [];
  return [editOf({ file: source, start: 0, end: source.text.length }, text)];
}

/** The edits that format the declarations that overlap a range. */
export function rangeFormatting(uri: string, range: Range, workspace: Workspace): TextEdit[] {
  const file = workspace.moduleOf(uri)?.file;
  const text = file === undefined ? undefined : formatSource(file.source).text;
  if (file === undefined || text === undefined) return [];
  const canonical = textsOf(parse(createSource(file.source.path, text)).file);
  const wanted = spanOf(file.source, range);
  return file.declarations.flatMap(({ span }, i) => {
    const formatted = canonical[i];
    if (formatted === undefined || !touches(span, wanted) || formatted === spanText(span)) return [];
    return [editOf(span, formatted)];
  });
}

function textsOf({ declarations }: File): string[] {
  return declarations.map(({ span }) => spanText(span));
}
