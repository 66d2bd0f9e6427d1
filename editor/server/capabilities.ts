// The capabilities that the server announces.
import { CodeActionKind } from "vscode-languageserver-types";
import { fixAllKind } from "./code-actions.js";
import { legend } from "./semantic-tokens.js";

/** In the protocol's names. Documents are sent whole or incrementally, positions are in UTF-16. */
export const capabilities = {
  positionEncoding: "utf-16",
  textDocumentSync: { openClose: true, change: 2, save: {} },
  hoverProvider: true,
  completionProvider: { triggerCharacters: [".", ":", "(", ",", " ", '"', "/"] },
  signatureHelpProvider: { triggerCharacters: ["(", ","] },
  definitionProvider: true,
  referencesProvider: true,
  documentHighlightProvider: true,
  renameProvider: { prepareProvider: true },
  documentSymbolProvider: true,
  workspaceSymbolProvider: true,
  foldingRangeProvider: true,
  semanticTokensProvider: { legend, full: true, range: true },
  documentFormattingProvider: true,
  documentRangeFormattingProvider: true,
  codeActionProvider: { codeActionKinds: [CodeActionKind.QuickFix, fixAllKind], resolveProvider: true },
  inlayHintProvider: true,
  codeLensProvider: {},
  callHierarchyProvider: true,
} as const;
