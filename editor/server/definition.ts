// Where a name is declared, across imports; from an import's path to its file.
import type { Location, Position } from "vscode-languageserver-types";
import { positionOf, locationOf, offsetOf } from "./convert.js";
import { nameAt } from "./names.js";
import type { Workspace } from "./workspace.js";

/** The declaration of the name at a position. */
export function definition(uri: string, position: Position, workspace: Workspace): Location | null {
  const declared = nameAt(uri, position, workspace)?.declared;
  if (declared !== undefined && declared !== null) return locationOf(declared.node.name.span, workspace.uriOf);
  return fileAt(uri, position, workspace);
}

function fileAt(uri: string, position: Position, workspace: Workspace): Location | null {
  const module = workspace.moduleOf(uri);
  if (module === null) return null;
  const { source, declarations } = module.file;
  const offset = offsetOf(source, position);
  for (const node of declarations) {
    if (node.kind !== "import" || offset < node.path.span.start || offset > node.path.span.end) continue;
    const file = workspace.moduleAt(workspace.files.resolvePath(module.path, node.path.value));
    if (file === null) return null;
    const start = positionOf(file.file.source, 0);
    return { uri: workspace.uriOf(file.path), range: { start, end: start } };
  }
  return null;
}
