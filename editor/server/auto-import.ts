// Names that other files of the workspace declare, with the edit that imports them.
import type { TextEdit } from "vscode-languageserver-types";
import { withImported, type Declared, type Module, type NamedKind } from "../../compiler/front-end.js";
import { editOf } from "./convert.js";
import { relativePath } from "./paths.js";
import type { Workspace } from "./workspace.js";

/** Declarations of some kinds that a file has not imported and could import. */
export function importable(module: Module, kinds: readonly NamedKind[], workspace: Workspace): Declared[] {
  // A file that imports this one, directly or not, cannot be imported by it.
  const others = workspace.modules().filter((other) => !withImported(other).some(({ path }) => path === module.path));
  return others.flatMap((other) =>
    [...other.own.values()].filter(
      ({ kind, name }) => kinds.includes(kind) && !module.own.has(name) && !module.imported.has(name),
    ),
  );
}

/** The edit by which a file imports a declaration. */
export function importEdit(declared: Declared, module: Module, workspace: Workspace): TextEdit {
  const { source, header, declarations } = module.file;
  const before = declarations.filter((node) => node.kind === "import");
  const same = before.find(({ path }) => workspace.files.resolvePath(module.path, path.value) === declared.module.path);
  const after = same?.names.at(-1)?.span.end;
  if (after !== undefined) return editOf({ file: source, start: after, end: after }, `, ${declared.name}`);
  const line = `import { ${declared.name} } from ${JSON.stringify(relativePath(module.path, declared.module.path))}`;
  const last = before.at(-1)?.span.end;
  if (last !== undefined) return editOf({ file: source, start: last, end: last }, `\n${line}`);
  const top = header?.end ?? 0;
  return editOf({ file: source, start: top, end: top }, header === undefined ? `${line}\n` : `\n\n${line}`);
}
