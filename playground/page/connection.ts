// The language server's worker as the transport of CodeMirror's client.
import type { Transport } from "@codemirror/lsp-client";

/** Starts the worker. */
export function startLanguage(): Transport {
  const worker = new Worker("./language.js", { type: "module", name: "language" });
  const handlers = new Set<(message: string) => void>();
  worker.onmessage = ({ data }: MessageEvent<string>) => handlers.forEach((handle) => handle(data));
  return {
    send: (message) => worker.postMessage(message),
    subscribe: (handle) => void handlers.add(handle),
    unsubscribe: (handle) => void handlers.delete(handle),
  };
}
