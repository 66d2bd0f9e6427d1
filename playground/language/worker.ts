// The language server in a worker: protocol messages in, answers out, on texts that the page has sent.
import { createServer } from "../../editor/index.js";
import { accessTo, pathOf, uriOf } from "../files.js";
import { own } from "../messages.js";
import { answers, notices, Refusal } from "./answers.js";
import { lookAt } from "./look.js";

/** The part of a worker's global scope used here. */
interface Port {
  postMessage(message: string): void;
  onmessage: ((event: { readonly data: string }) => void) | null;
}

// Boundary: a worker's global scope, which is typed as a window's.
const port = globalThis as unknown as Port;

/** Texts by path: the page's changes over the files it was built with. */
const texts = new Map<string, string>();
const files = accessTo(texts);

const send = (message: object): void => port.postMessage(JSON.stringify({ jsonrpc: "2.0", ...message }));

const server = createServer(
  {
    files,
    specifications: () => [...texts.keys()],
    pathOf,
    uriOf,
    publish: (params) => send({ method: "textDocument/publishDiagnostics", params }),
    refresh: () => undefined,
    later: (work, milliseconds) => {
      const timer = setTimeout(work, milliseconds);
      return () => clearTimeout(timer);
    },
  },
  { snippets: true },
);

/** A protocol message; its contents are not validated, since the page is ours too. */
interface Message {
  readonly id?: number;
  readonly method: string;
  readonly params: Parameters<(typeof answers)[string]>[0] & {
    readonly texts: readonly (readonly [string, string])[];
    readonly whole: boolean;
    readonly path: string;
  };
}

port.onmessage = ({ data }) => {
  const { id, method, params } = JSON.parse(data) as Message;
  if (id === undefined) return heard(method, params);
  try {
    const result = method === own.look ? lookAt(params.path, files) : (answers[method]?.(params, server) ?? null);
    send({ id, result });
  } catch (error) {
    send({ id, error: { code: -32803, message: error instanceof Error ? error.message : String(error) } });
    // Any other error is internal: it is also logged to the console.
    if (!(error instanceof Refusal)) throw error;
  }
};

function replaceFiles({ texts: given, whole }: Message["params"]): void {
  if (whole) texts.clear();
  for (const [path, text] of given) texts.set(path, text);
  server.filesChanged();
}

function heard(method: string, params: Message["params"]): void {
  if (method === own.files) return replaceFiles(params);
  const path = params.textDocument === undefined ? null : pathOf(params.textDocument.uri);
  const text = params.contentChanges?.at(-1)?.text ?? params.textDocument?.text;
  // A closed file keeps its last text.
  if (path !== null && text !== undefined) texts.set(path, text);
  notices[method]?.(params, server);
}
