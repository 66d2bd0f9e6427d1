// Edits that remove something from a file, with its separator or its line.
import type { Fix, ImportDeclaration, Name, Span } from "../../grammar/index.js";
import type { Module } from "./module.js";

/** Removes a name from its import, or the whole import if it is the only name; null if that would remove a comment. */
export function withoutName(name: Name, module: Module): Fix | null {
  const node = module.file.declarations.find(
    (declaration): declaration is ImportDeclaration =>
      declaration.kind === "import" && declaration.names.includes(name),
  );
  if (node === undefined) return null;
  const i = node.names.indexOf(name);
  const [before, after] = [node.names[i - 1], node.names[i + 1]];
  if (after !== undefined) return removed({ ...name.span, end: after.span.start }, module);
  if (before !== undefined) return removed({ ...name.span, start: before.span.end }, module);
  return removed(withLine(node.span), module);
}

/** Removes the later one of two equal entries; null if there is more than white space and separators between them. */
export function withoutRepetition(entry: Span, before: Span): Fix | null {
  const { file, start, end } = entry;
  const between = file.text.slice(before.end, start);
  return /^[\s,;]*$/.test(between) ? { span: { file, start: before.end, end }, text: "" } : null;
}

function removed(span: Span, { file }: Module): Fix | null {
  const comments = file.comments.some((comment) => comment.span.start < span.end && comment.span.end > span.start);
  return comments ? null : { span, text: "" };
}

/** A span with the line break after it, and one empty line if there is one. */
function withLine({ file, start, end }: Span): Span {
  const rest = /^[ \t]*(\r\n|\n|\r)?([ \t]*(\r\n|\n|\r))?/.exec(file.text.slice(end, end + 200))?.[0] ?? "";
  return { file, start, end: end + rest.length };
}
