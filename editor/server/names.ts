// The name at a position, and every reference to the same declaration: shared by hover, definitions, references and renaming.
import type { Position } from "vscode-languageserver-types";
import { namesIn, namesOf, type Declared, type Module, type PlacedName } from "../../compiler/front-end.js";
import type { Span } from "../../grammar/index.js";
import { offsetOf } from "./convert.js";
import type { Workspace } from "./workspace.js";

/** A name with its file. */
export interface FoundName extends PlacedName {
  readonly module: Module;
}

/** The name at a position of a document, also directly after its last letter. */
export function nameAt(uri: string, position: Position, workspace: Workspace): FoundName | null {
  const module = workspace.moduleOf(uri);
  if (module === null) return null;
  const offset = offsetOf(module.file.source, position);
  const around = ({ span }: { readonly span: Span }): boolean => span.start <= offset && offset <= span.end;
  const declarations = module.file.declarations.filter(around);
  const found = declarations.flatMap((each) => namesIn(each, module)).find(({ name }) => around(name));
  return found === undefined ? null : { ...found, module };
}

/** Whether two declarations are the same: each request loads its file with its own copies of the imports. */
export function isSame(a: Declared, b: Declared): boolean {
  return a.name === b.name && a.kind === b.kind && a.module.path === b.module.path;
}

/** Every reference to a declaration in the workspace, including its own name. */
export function usesOf(declared: Declared, workspace: Workspace): Span[] {
  const owner = workspace.moduleAt(declared.module.path);
  const modules = new Set([...(owner === null ? [] : [owner]), ...workspace.modules()]);
  const spans = [...modules].flatMap((module) =>
    namesOf(module).flatMap(({ name, declared: other }) =>
      other !== null && isSame(other, declared) ? [name.span] : [],
    ),
  );
  return [...new Map(spans.map((span) => [`${span.file.path} ${span.start}`, span])).values()];
}
