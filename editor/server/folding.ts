// Foldable ranges: blocks, bracketed lists, imports, consecutive comments.
import { FoldingRangeKind, type FoldingRange } from "vscode-languageserver-types";
import { visit, type File, type Span } from "../../grammar/index.js";
import { rangeOf } from "./convert.js";
import type { Workspace } from "./workspace.js";

/** The foldable ranges of a document. */
export function folding(uri: string, workspace: Workspace): FoldingRange[] {
  const file = workspace.moduleOf(uri)?.file;
  if (file === undefined) return [];
  return [
    ...nodes(file),
    ...run(
      file.comments.map(({ span }) => span),
      FoldingRangeKind.Comment,
    ),
    ...run(
      file.declarations.flatMap(({ kind, span }) => (kind === "import" ? [span] : [])),
      FoldingRangeKind.Imports,
    ),
  ];
}

const foldable: ReadonlySet<string> = new Set(["block", "list", "call", "expect", "test"]);

/** A node that ends with a bracket is folded up to that bracket, which stays visible. */
function nodes(file: File): FoldingRange[] {
  const found = new Map<number, FoldingRange>();
  visit(file, ({ kind, span }) => {
    if (!foldable.has(kind)) return;
    const { start, end } = rangeOf(span);
    if (end.line - start.line > 1 && !found.has(start.line))
      found.set(start.line, { startLine: start.line, endLine: end.line - 1 });
  });
  return [...found.values()];
}

/** Spans on consecutive lines as one range. */
function run(spans: readonly Span[], kind: FoldingRangeKind): FoldingRange[] {
  const found: { startLine: number; endLine: number; kind: FoldingRangeKind }[] = [];
  for (const span of spans) {
    const { start, end } = rangeOf(span);
    const last = found.at(-1);
    if (last !== undefined && start.line <= last.endLine + 1) last.endLine = end.line;
    else found.push({ startLine: start.line, endLine: end.line, kind });
  }
  return found.filter(({ startLine, endLine }) => endLine > startLine);
}
