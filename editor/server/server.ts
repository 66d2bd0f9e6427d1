// The server: documents in, answers out, one provider per file. It knows no connection, so that tests can call it directly and
// a page in a browser can run it in a worker.
import type { CallHierarchyItem, CodeAction, Position, Range } from "vscode-languageserver-types";
import { incomingCalls, outgoingCalls, prepareCallHierarchy } from "./call-hierarchy.js";
import { codeActions, resolveCodeAction } from "./code-actions.js";
import { codeLenses } from "./code-lenses.js";
import { completion } from "./completion.js";
import { definition } from "./definition.js";
import { createDiagnostics } from "./diagnostics.js";
import { folding } from "./folding.js";
import { formatting, rangeFormatting } from "./formatting.js";
import type { ClientAbilities, Host, OpenDocument } from "./host.js";
import { hover } from "./hover.js";
import { inlayHints } from "./inlay-hints.js";
import { highlights, references } from "./references.js";
import { prepareRename, rename } from "./rename.js";
import { semanticTokens } from "./semantic-tokens.js";
import { signatureHelp } from "./signature-help.js";
import { documentSymbols, workspaceSymbols } from "./symbols.js";
import { createWorkspace } from "./workspace.js";

/** The notifications and requests that the server takes. */
export type Server = ReturnType<typeof createServer>;

/** A server without documents. */
export function createServer(host: Host, client: ClientAbilities) {
  const workspace = createWorkspace(host);
  const diagnostics = createDiagnostics(workspace, host);
  return {
    /** A document was opened, or its text changed. */
    changed: (document: OpenDocument): void => {
      workspace.set(document);
      const path = host.pathOf(document.uri);
      if (path !== null) diagnostics.changed(path);
    },
    closed: (uri: string): void => {
      workspace.close(uri);
      const path = host.pathOf(uri);
      if (path !== null) diagnostics.closed(path);
    },
    /** Files changed on the disk. */
    filesChanged: (): void => {
      workspace.forget();
      diagnostics.allChanged();
    },
    completion: (uri: string, position: Position) => completion(uri, position, client, workspace),
    hover: (uri: string, position: Position) => hover(uri, position, workspace),
    signatureHelp: (uri: string, position: Position) => signatureHelp(uri, position, workspace),
    definition: (uri: string, position: Position) => definition(uri, position, workspace),
    references: (uri: string, position: Position, includeDeclaration: boolean) =>
      references(uri, position, { includeDeclaration }, workspace),
    highlights: (uri: string, position: Position) => highlights(uri, position, workspace),
    prepareRename: (uri: string, position: Position) => prepareRename(uri, position, workspace),
    rename: (uri: string, position: Position, newName: string) => rename(uri, position, newName, workspace),
    documentSymbols: (uri: string) => documentSymbols(uri, workspace),
    workspaceSymbols: (query: string) => workspaceSymbols(query, workspace),
    folding: (uri: string) => folding(uri, workspace),
    semanticTokens: (uri: string, range: Range | null = null) => semanticTokens(uri, range, workspace),
    formatting: (uri: string) => formatting(uri, workspace),
    rangeFormatting: (uri: string, range: Range) => rangeFormatting(uri, range, workspace),
    codeActions: (uri: string, range: Range, only?: readonly string[]) => codeActions(uri, range, only, workspace),
    resolveCodeAction: (action: CodeAction) => resolveCodeAction(action, workspace),
    inlayHints: (uri: string, range: Range) => inlayHints(uri, range, workspace),
    codeLenses: (uri: string) => codeLenses(uri, workspace),
    prepareCallHierarchy: (uri: string, position: Position) => prepareCallHierarchy(uri, position, workspace),
    incomingCalls: (item: CallHierarchyItem) => incomingCalls(item, workspace),
    outgoingCalls: (item: CallHierarchyItem) => outgoingCalls(item, workspace),
  };
}
