// The outline of a document, and declarations of the workspace by name.
import {
  SymbolKind,
  type DocumentSymbol,
  type SymbolInformation,
  type WorkspaceSymbol,
} from "vscode-languageserver-types";
import type { Module } from "../../compiler/front-end.js";
import { joinSpans, spanText, type Block, type Declaration, type Entry } from "../../grammar/index.js";
import { locationOf, rangeOf } from "./convert.js";
import type { Workspace } from "./workspace.js";

const kinds: Readonly<Record<Exclude<Declaration["kind"], "import">, SymbolKind>> = {
  param: SymbolKind.Constant,
  model: SymbolKind.Class,
  head: SymbolKind.Interface,
  data: SymbolKind.Struct,
  stage: SymbolKind.Event,
  evaluate: SymbolKind.Method,
  expect: SymbolKind.Boolean,
  test: SymbolKind.Boolean,
};

/** Every declaration with its entries. */
export function documentSymbols(uri: string, workspace: Workspace): DocumentSymbol[] {
  const module = workspace.moduleOf(uri);
  return (module?.file.declarations ?? []).flatMap((node): DocumentSymbol[] => {
    if (node.kind === "import") return [];
    const { name, span } = titleOf(node);
    return [
      {
        name,
        detail: node.kind,
        kind: kinds[node.kind],
        range: rangeOf(node.span),
        selectionRange: rangeOf(span),
        children: "body" in node && node.body !== undefined ? entriesOf(node.body) : [],
      },
    ];
  });
}

function titleOf(
  node: Exclude<Declaration, { kind: "import" }>,
): Pick<DocumentSymbol, "name"> & { span: typeof node.span } {
  if ("title" in node) return { name: node.title.value === "" ? node.kind : node.title.value, span: node.title.span };
  return { name: node.name.text, span: node.name.span };
}

function entriesOf({ entries }: Block): DocumentSymbol[] {
  return entries.flatMap((entry): DocumentSymbol[] => {
    if (entry.kind === "item") return [];
    const children = entry.kind === "section" ? entriesOf(entry.body) : [];
    return [
      {
        name: spanText(entry.key.span),
        ...detailOf(entry),
        kind: entry.kind === "section" ? SymbolKind.Namespace : SymbolKind.Property,
        range: rangeOf(joinSpans(entry.key.span, entry.span)),
        selectionRange: rangeOf(entry.key.span),
        children,
      },
    ];
  });
}

/** Longer values are truncated in outlines anyway. */
const longest = 60;

function detailOf(entry: Entry): { readonly detail?: string } {
  if (entry.kind !== "setting") return {};
  const text = spanText(entry.value.span).replaceAll(/\s+/g, " ");
  return { detail: text.length <= longest ? text : `${text.slice(0, longest)}…` };
}

/** The declarations of all files whose names contain the letters of a query in this order. */
export function workspaceSymbols(query: string, workspace: Workspace): WorkspaceSymbol[] {
  return workspace.modules().flatMap((module) => symbolsIn(module, query, workspace));
}

function symbolsIn(module: Module, query: string, { uriOf }: Workspace): SymbolInformation[] {
  return [...module.own.values()]
    .filter(({ name }) => isWithin(query.toLowerCase(), name.toLowerCase()))
    .map(({ name, kind, node }) => ({
      name,
      kind: kinds[kind],
      location: locationOf(node.name.span, uriOf),
      containerName: kind,
    }));
}

function isWithin(query: string, name: string): boolean {
  let at = 0;
  for (const letter of name) if (letter === query[at]) at += 1;
  return at === query.length;
}
