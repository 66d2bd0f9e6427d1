// References to a declaration in all files of the workspace.
import {
  DocumentHighlightKind,
  type DocumentHighlight,
  type Location,
  type Position,
} from "vscode-languageserver-types";
import { locationOf, rangeOf } from "./convert.js";
import { nameAt, usesOf } from "./names.js";
import type { Workspace } from "./workspace.js";

/** The references to the declaration that the name at a position denotes. */
export function references(
  uri: string,
  position: Position,
  asked: { readonly includeDeclaration: boolean },
  workspace: Workspace,
): Location[] {
  const declared = nameAt(uri, position, workspace)?.declared ?? null;
  if (declared === null) return [];
  const { span } = declared.node.name;
  return usesOf(declared, workspace)
    .filter((use) => asked.includeDeclaration || use.file.path !== span.file.path || use.start !== span.start)
    .map((use) => locationOf(use, workspace.uriOf));
}

/** The same within the document. */
export function highlights(uri: string, position: Position, workspace: Workspace): DocumentHighlight[] {
  const found = nameAt(uri, position, workspace);
  if (found === null || found.declared === null) return [];
  const { node } = found.declared;
  return usesOf(found.declared, workspace)
    .filter(({ file }) => file.path === found.module.path)
    .map((span) => ({
      range: rangeOf(span),
      kind: span.start === node.name.span.start ? DocumentHighlightKind.Write : DocumentHighlightKind.Read,
    }));
}
