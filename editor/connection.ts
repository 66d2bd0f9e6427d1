// The server on a connection: protocol messages in, answers out. The only file of this layer that depends on Node.
import { posix } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { TextDocument } from "vscode-languageserver-textdocument";
import {
  createConnection,
  DidChangeWatchedFilesNotification,
  LSPErrorCodes,
  ProposedFeatures,
  ResponseError,
  TextDocuments,
  type Connection,
  type InitializeParams,
} from "vscode-languageserver/node";
import type { FileAccess } from "../compiler/front-end.js";
import { capabilities, createServer, type Host, type Server } from "./index.js";

/** Access to the machine that the command line gives the server. */
export interface Machine {
  readonly files: FileAccess;
  /** Paths of the specifications in a folder and its subfolders. */
  specificationsIn(folder: string): readonly string[];
  readonly version: string;
}

/** Serves one client over stdin and stdout. The process ends when the client asks for it or disconnects. */
export function serveStdio(machine: Machine): Promise<never> {
  const connection = createConnection(ProposedFeatures.all, process.stdin, process.stdout);
  const documents = new TextDocuments(TextDocument);
  connection.onInitialize((params) => {
    const client = params.capabilities;
    const host = hostOf(connection, documents, machine, params);
    const server = createServer(host, {
      snippets: client.textDocument?.completion?.completionItem?.snippetSupport === true,
    });
    follow(connection, documents, server);
    answerAboutTexts(connection, server);
    answerAboutNames(connection, server);
    answerWithActions(connection, server, client.textDocument?.codeAction?.resolveSupport !== undefined);
    // Boundary: the protocol's types require mutable lists.
    const able = capabilities as unknown as object;
    return { capabilities: able, serverInfo: { name: "vlmo", version: machine.version } };
  });
  documents.listen(connection);
  connection.listen();
  return new Promise(() => undefined);
}

type Documents = TextDocuments<TextDocument>;

function hostOf(
  connection: Connection,
  documents: Documents,
  machine: Machine,
  { capabilities: client, workspaceFolders }: InitializeParams,
): Host {
  const roots = (workspaceFolders ?? []).flatMap(({ uri }) => pathOf(uri) ?? []);
  if (client.workspace?.didChangeWatchedFiles?.dynamicRegistration === true)
    connection.onInitialized(() => {
      const watchers = [{ globPattern: "**/*.vlmo" }];
      asked(connection.client.register(DidChangeWatchedFilesNotification.type, { watchers }));
    });
  return {
    files: machine.files,
    // Without an open folder, the workspace is the files beside the open documents.
    specifications: () =>
      roots.length > 0
        ? roots.flatMap((root) => machine.specificationsIn(root))
        : documents.keys().flatMap((uri) => besides(pathOf(uri), machine.files)),
    pathOf,
    uriOf: (path) => pathToFileURL(path).href,
    publish: (found) => asked(connection.sendDiagnostics(found)),
    refresh: () => {
      if (client.workspace?.inlayHint?.refreshSupport === true) asked(connection.languages.inlayHint.refresh());
    },
    later: (work, milliseconds) => {
      const timer = setTimeout(work, milliseconds);
      return () => clearTimeout(timer);
    },
  };
}

/** A client may refuse a request or disconnect: the server continues. */
function asked(answer: Promise<unknown>): void {
  answer.catch(() => undefined);
}

function pathOf(uri: string): string | null {
  // A document that was never saved is known by its URI.
  if (!uri.startsWith("file:")) return uri.startsWith("untitled:") ? uri : null;
  try {
    return fileURLToPath(uri).replaceAll("\\", "/");
  } catch {
    return null;
  }
}

function besides(path: string | null, { beside }: FileAccess): string[] {
  if (path === null) return [];
  return (beside?.(path) ?? []).map((name) => posix.join(posix.dirname(path), name));
}

function follow(connection: Connection, documents: Documents, server: Server): void {
  documents.onDidChangeContent(({ document }) =>
    server.changed({ uri: document.uri, version: document.version, text: document.getText() }),
  );
  documents.onDidClose(({ document }) => server.closed(document.uri));
  documents.onDidSave(() => server.filesChanged());
  connection.onDidChangeWatchedFiles(() => server.filesChanged());
}

/** Requests about a whole document or a range of it. */
function answerAboutTexts(connection: Connection, server: Server): void {
  connection.onDocumentSymbol(({ textDocument }) => server.documentSymbols(textDocument.uri));
  connection.onWorkspaceSymbol(({ query }) => server.workspaceSymbols(query));
  connection.onFoldingRanges(({ textDocument }) => server.folding(textDocument.uri));
  connection.onDocumentFormatting(({ textDocument }) => server.formatting(textDocument.uri));
  connection.onDocumentRangeFormatting(({ textDocument, range }) => server.rangeFormatting(textDocument.uri, range));
  connection.onCodeLens(({ textDocument }) => server.codeLenses(textDocument.uri));
  connection.languages.semanticTokens.on(({ textDocument }) => server.semanticTokens(textDocument.uri));
  connection.languages.semanticTokens.onRange(({ textDocument, range }) =>
    server.semanticTokens(textDocument.uri, range),
  );
  connection.languages.inlayHint.on(({ textDocument, range }) => server.inlayHints(textDocument.uri, range));
}

/** Requests about a position in a document. */
function answerAboutNames(connection: Connection, server: Server): void {
  connection.onCompletion(({ textDocument, position }) => server.completion(textDocument.uri, position));
  connection.onHover(({ textDocument, position }) => server.hover(textDocument.uri, position));
  connection.onSignatureHelp(({ textDocument, position }) => server.signatureHelp(textDocument.uri, position));
  connection.onDefinition(({ textDocument, position }) => server.definition(textDocument.uri, position));
  connection.onReferences(({ textDocument, position, context }) =>
    server.references(textDocument.uri, position, context.includeDeclaration),
  );
  connection.onDocumentHighlight(({ textDocument, position }) => server.highlights(textDocument.uri, position));
  connection.onPrepareRename(({ textDocument, position }) => server.prepareRename(textDocument.uri, position));
  connection.onRenameRequest(({ textDocument, position, newName }) => {
    const renamed = server.rename(textDocument.uri, position, newName);
    return "edit" in renamed ? renamed.edit : new ResponseError<void>(LSPErrorCodes.RequestFailed, renamed.refusal);
  });
  const { callHierarchy } = connection.languages;
  callHierarchy.onPrepare(({ textDocument, position }) => server.prepareCallHierarchy(textDocument.uri, position));
  callHierarchy.onIncomingCalls(({ item }) => server.incomingCalls(item));
  callHierarchy.onOutgoingCalls(({ item }) => server.outgoingCalls(item));
}

/** A client that cannot resolve an action's edit later gets it immediately. */
function answerWithActions(connection: Connection, server: Server, asksLater: boolean): void {
  connection.onCodeAction(({ textDocument, range, context }) => {
    const actions = server.codeActions(textDocument.uri, range, context.only);
    return asksLater ? actions : actions.map((action) => server.resolveCodeAction(action));
  });
  connection.onCodeActionResolve((action) => server.resolveCodeAction(action));
}
