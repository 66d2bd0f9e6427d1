// The language server's methods by their names in the protocol: one row for each.
import { capabilities, type Server } from "../../editor/index.js";
import type { CallHierarchyItem, CodeAction, Position, Range } from "vscode-languageserver-types";

/** Parameters in the protocol's names; which are present depends on the method. */
interface Given {
  readonly textDocument: { readonly uri: string; readonly version: number; readonly text: string };
  readonly contentChanges: readonly { readonly text: string }[];
  readonly position: Position;
  readonly range: Range;
  readonly context: { readonly includeDeclaration: boolean; readonly only?: readonly string[] };
  readonly newName: string;
  readonly query: string;
  readonly item: CallHierarchyItem;
}

/** The handler of a method. */
export type Answer = (given: Given, server: Server) => unknown;

/** Thrown for a request that is answered by an error. */
export class Refusal extends Error {}

/** Requests. Texts are sent whole, since they stay within one machine. */
export const answers: Readonly<Record<string, Answer>> = {
  initialize: () => ({ capabilities: { ...capabilities, textDocumentSync: { openClose: true, change: 1 } } }),
  "textDocument/completion": ({ textDocument, position }, server) => server.completion(textDocument.uri, position),
  "textDocument/hover": ({ textDocument, position }, server) => server.hover(textDocument.uri, position),
  "textDocument/signatureHelp": ({ textDocument, position }, server) =>
    server.signatureHelp(textDocument.uri, position),
  "textDocument/definition": ({ textDocument, position }, server) => server.definition(textDocument.uri, position),
  "textDocument/references": ({ textDocument, position, context }, server) =>
    server.references(textDocument.uri, position, context.includeDeclaration),
  "textDocument/rename": ({ textDocument, position, newName }, server) => {
    const renamed = server.rename(textDocument.uri, position, newName);
    if ("edit" in renamed) return renamed.edit;
    throw new Refusal(renamed.refusal);
  },
  "textDocument/formatting": ({ textDocument }, server) => server.formatting(textDocument.uri),
  "textDocument/codeAction": ({ textDocument, range, context }, server) =>
    server
      .codeActions(textDocument.uri, range, context.only)
      .map((action: CodeAction) => server.resolveCodeAction(action)),
  "textDocument/semanticTokens/full": ({ textDocument }, server) => server.semanticTokens(textDocument.uri),
  "textDocument/inlayHint": ({ textDocument, range }, server) => server.inlayHints(textDocument.uri, range),
};

/** Notifications. */
export const notices: Readonly<Record<string, (given: Given, server: Server) => void>> = {
  "textDocument/didOpen": ({ textDocument }, server) => server.changed(textDocument),
  "textDocument/didChange": ({ textDocument, contentChanges }, server) =>
    server.changed({ ...textDocument, text: contentChanges.at(-1)?.text ?? "" }),
  "textDocument/didClose": ({ textDocument }, server) => server.closed(textDocument.uri),
};
