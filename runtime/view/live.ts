// A live page: rendered again when its files have changed, and sent to the browsers that show it, reduced to the changed parts.
import { createHash } from "node:crypto";
import type { ServerResponse } from "node:http";
import { mistakesIn, VlmoError } from "../errors/vlmo-error.js";
import { html, join, type Html } from "../../view/index.js";
import { livePage, type Content } from "./page.js";
import type { Shown, View } from "./view.js";
import { createWatcher, type Watcher } from "./watch.js";

/** A view with its connected browsers. Files are watched while there are any. */
export interface Live {
  /** The page as it is now. */
  page(): Promise<string>;
  /** Sends changes until the browser disconnects; first everything that it does not `have`. */
  follow(response: ServerResponse, have: string): Promise<void>;
  readonly isFollowed: boolean;
  stop(): void;
}

/** Bytes buffered for a slow browser: beyond that it is disconnected, reconnects, and gets the whole page. */
const mostWaiting = 2 ** 25;

/** Creates the live page of a view. `failed` is called with internal errors. */
export function createLive(view: View, failed: (error: unknown) => void): Live {
  const followers = new Set<ServerResponse>();
  let content: Content = { id: "", title: "vlmo view", messages: null, parts: [], style: "" };
  let mark: string | null = null;
  let work: Promise<void> | null = null;
  let watcher: Watcher | null = null;
  let watched: readonly string[] = [];
  const pace = paced(() => refreshed());

  const make = async (): Promise<void> => {
    const began = performance.now();
    const before = content;
    const now = await changed(view, mark).catch((error: unknown) => ({ mark: null, shown: mistaken(error, failed) }));
    mark = now.mark;
    if (now.shown === null) return;
    content = after(before, now.shown);
    if (content.id !== before.id) for (const each of followers) send(each, content, before.parts);
    if (now.mark !== null) watched = now.shown.watched;
    watcher?.watch(watched);
    if (now.shown.isPartial) {
      mark = null;
      if (followers.size > 0) setImmediate(refreshed);
      return;
    }
    // The first rendering loads modules, and is no measure of the next.
    if (before.id !== "") pace.rest((performance.now() - began) * (1 / view.share - 1));
  };
  const refresh = (): Promise<void> => (work ??= make().finally(() => (work = null)));
  const refreshed = (): void => {
    refresh().catch(failed);
  };
  const leave = (response: ServerResponse): void => {
    followers.delete(response);
    if (followers.size > 0) return;
    watcher?.stop();
    watcher = null;
  };
  return {
    page: async () => {
      await refresh();
      return livePage(content);
    },
    follow: async (response, have) => {
      await refresh();
      if (response.destroyed) return;
      response.write("retry: 1000\n\n");
      if (have !== content.id) send(response, content, []);
      followers.add(response);
      response.on("close", () => leave(response));
      watcher ??= createWatcher(pace.wake);
      watcher.watch(watched);
      refreshed();
    },
    get isFollowed() {
      return followers.size > 0;
    },
    stop: () => {
      for (const each of followers) each.end();
      watcher?.stop();
    },
  };
}

interface Paced {
  /** Runs immediately, or after the pause. */
  wake(): void;
  rest(milliseconds: number): void;
}

/** Rate-limited work. */
function paced(work: () => void): Paced {
  let rest: { isWoken: boolean } | null = null;
  const wake = (): void => {
    if (rest === null) work();
    else rest.isWoken = true;
  };
  return {
    wake,
    rest: (milliseconds) => {
      const own = (rest = { isWoken: false });
      setTimeout(() => {
        if (rest === own) rest = null;
        if (own.isWoken) wake();
      }, milliseconds).unref();
    },
  };
}

/** The new contents if they have changed; null otherwise. */
async function changed(view: View, before: string | null): Promise<{ mark: string; shown: Shown | null }> {
  const mark = await view.mark();
  return { mark, shown: mark === before ? null : await view.show() };
}

function mistaken(error: unknown, failed: (error: unknown) => void): Shown {
  const isBug = !(error instanceof VlmoError);
  if (isBug) failed(error);
  const messages = isBug
    ? html`<p class="mistake">An internal error: a bug in vlmo. The command line shows more.</p>`
    : join(mistakesIn(error).map(mistake));
  return { title: "", parts: null, messages, style: "", watched: [], isPartial: false };
}

function mistake({ code, message, help }: VlmoError): Html {
  return html`<p class="mistake"><b>${code}</b> ${message}<br /><span class="note">${help}</span></p>`;
}

/** The contents after an update: if that is only error messages, the previous parts stay. */
function after(before: Content, { title, parts, messages, style }: Shown): Content {
  const none = before.parts.length === 0 ? { ...before, title: title || before.title } : before;
  const kept = parts === null ? none : { title, style, parts: parts.map(({ text }) => text) };
  const next = { title: kept.title, style: kept.style, parts: kept.parts, messages };
  return { ...next, id: createHash("sha256").update(JSON.stringify(next)).digest("base64url").slice(0, 16) };
}

function send(response: ServerResponse, { id, title, messages, parts }: Content, had: readonly string[]): void {
  if (response.writableLength > mostWaiting) return void response.destroy();
  const changes = parts.map((part, i) => (part === had[i] ? null : part));
  const data = JSON.stringify({ title, messages: messages?.text ?? "", parts: changes });
  response.write(`event: page\nid: ${id}\ndata: ${data}\n\n`);
}
