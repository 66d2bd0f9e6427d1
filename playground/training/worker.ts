// Training in a worker: one training, reported to the page.
import { openInPage } from "../../runtime/in-page.js";
import type { TrainMessage, TrainNews, TrainRequest } from "../messages.js";
import { trainAll, wordsOf } from "./train.js";

/** The part of a worker's global scope used here. */
interface Port {
  readonly location: { readonly href: string };
  postMessage(news: TrainNews): void;
  onmessage: ((event: { readonly data: TrainMessage }) => void) | null;
}

// Boundary: a worker's global scope, which is typed as a window's.
const port = globalThis as unknown as Port;
const stop = new AbortController();

port.onmessage = ({ data }) => {
  if (data.kind === "stop") stop.abort();
  else void train(data.request);
};

async function train(request: TrainRequest): Promise<void> {
  const tell = (news: TrainNews): void => port.postMessage(news);
  try {
    tell({ kind: "doing", what: "loading the engine …" });
    const engine = await openInPage(new URL("./", port.location.href).href);
    await trainAll(request, { engine, signal: stop.signal, tell });
    tell({ kind: "end", stopped: stop.signal.aborted });
  } catch (error) {
    tell({ kind: "failed", message: wordsOf(error) });
  }
}
