// Renames a declaration in every file that uses it.
import type { Position, Range, TextEdit, WorkspaceEdit } from "vscode-languageserver-types";
import { kindWords, type Declared, type Module } from "../../compiler/front-end.js";
import { editOf, rangeOf } from "./convert.js";
import { isSame, nameAt, usesOf } from "./names.js";
import type { Workspace } from "./workspace.js";

/** The range of the name to be renamed, or null where there is none. */
export function prepareRename(
  uri: string,
  position: Position,
  workspace: Workspace,
): { readonly range: Range; readonly placeholder: string } | null {
  const found = nameAt(uri, position, workspace);
  if (found === null || found.declared === null) return null;
  return { range: rangeOf(found.name.span), placeholder: found.declared.name };
}

/** The edits that give the declaration at a position a new name, or why it cannot have it. */
export function rename(
  uri: string,
  position: Position,
  newName: string,
  workspace: Workspace,
): { readonly edit: WorkspaceEdit } | { readonly refusal: string } {
  const declared = nameAt(uri, position, workspace)?.declared ?? null;
  if (declared === null) return { refusal: "there is no name of a declaration here" };
  const refusal = refusalOf(newName, declared, workspace);
  if (refusal !== null) return { refusal };
  const changes: Record<string, TextEdit[]> = {};
  for (const span of usesOf(declared, workspace))
    (changes[workspace.uriOf(span.file.path)] ??= []).push(editOf(span, newName));
  return { edit: { changes } };
}

function refusalOf(name: string, declared: Declared, workspace: Workspace): string | null {
  if (!/^[A-Za-z_]\w*$/.test(name) || name === "true" || name === "false")
    return `\`${name}\` is no name: letters, digits and \`_\`, beginning with a letter`;
  if (name === declared.name) return null;
  for (const module of [workspace.moduleAt(declared.module.path), ...workspace.modules()]) {
    const other = module === null ? null : takenBy(name, declared, module);
    if (other !== null) return `\`${name}\` is ${kindWords[other.kind]} \`${name}\` of ${other.module.path} already`;
  }
  return null;
}

/** The declaration that already has a name in a file where another one can be used; null where none has. */
function takenBy(name: string, declared: Declared, module: Module): Declared | null {
  const seen = module.own.get(declared.name) ?? module.imported.get(declared.name)?.declared;
  if (seen === undefined || !isSame(seen, declared)) return null;
  return module.own.get(name) ?? module.imported.get(name)?.declared ?? null;
}
