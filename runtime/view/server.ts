// The server of `vlmo view`: on the loopback address only, protected by a token. It maps paths to pages by their segments and
// reads no file named by a path.
import { randomBytes, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { strangeIn } from "../http/guard.js";
import { always, connectionsOf, listen } from "../http/listen.js";
import { policyOf } from "../http/policy.js";
import { createLive, type Live } from "./live.js";
import type { Subject } from "./view.js";

/** Options of a server. */
export interface ViewOptions {
  readonly subject: Subject;
  /** 0 for any free port. */
  readonly port: number;
  /** Called with internal errors. */
  readonly failed: (error: unknown) => void;
}

/** A server that listens. */
export interface ViewServer {
  /** The URL with its token. */
  readonly url: string;
  readonly port: number;
  stop(): Promise<void>;
}

const host = "127.0.0.1";

/** Pages kept in memory; beyond that the least recently requested one without viewers is evicted. */
const mostPages = 16;

/** Starts the server. Throws V951. */
export async function serveView({ subject, port: wanted, failed }: ViewOptions): Promise<ViewServer> {
  const token = randomBytes(18).toString("base64url");
  const pages = pagesOf(subject, failed);
  const server = createServer({ requireHostHeader: false }, (request, response) => {
    answer(request, response, { token, pages }).catch((error: unknown) => {
      failed(error);
      if (response.headersSent) response.destroy();
      else
        refuse(response, {
          status: 500,
          reason: "An internal error: a bug in vlmo. The command line shows more.",
        });
    });
  });
  server.maxConnections = 128;
  const connections = connectionsOf(server);
  const port = await listen(server, { host, port: wanted });
  return {
    url: `http://${host}:${port}/${token}/`,
    port,
    stop: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      pages.stop();
      connections.endIdle();
      server.closeAllConnections();
      await closed;
    },
  };
}

interface Pages {
  /** Null where there is none at that path. */
  at(path: readonly string[]): Promise<Live | null>;
  stop(): void;
}

function pagesOf(subject: Subject, failed: ViewOptions["failed"]): Pages {
  const lives = new Map<string, Live>();
  return {
    at: async (path) => {
      const key = path.join("/");
      const known = lives.get(key);
      const view = known === undefined ? await subject.view(path) : null;
      const live = known ?? (view && createLive(view, failed));
      if (live === null) return null;
      lives.delete(key);
      lives.set(key, live);
      const left = [...lives].find(([, each]) => each !== live && !each.isFollowed);
      if (lives.size > mostPages && left !== undefined) lives.delete(left[0]);
      return live;
    },
    stop: () => lives.forEach((live) => live.stop()),
  };
}

interface Serving {
  readonly token: string;
  readonly pages: Pages;
}

async function answer(request: IncomingMessage, response: ServerResponse, { token, pages }: Serving): Promise<void> {
  const { url = "", method } = request;
  // Browsers request it on their own, and log errors.
  if (url === "/favicon.ico") return void response.writeHead(204, always).end();
  const [path = "", asked = ""] = url.split("?");
  const [, given = "", ...words] = path.split("/");
  const why = whyRefused(request, isSame(given, token));
  if (why !== null) return refuse(response, why);
  const last = words.pop();
  const live = last === "" || last === "events" ? await pages.at(words.map(decoded)) : null;
  if (live === null) return refuse(response, { status: 404, reason: "There is no page at that address." });
  if (last === "events") return follow(request, response, { live, asked });
  const page = await live.page();
  const headers = { "Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": policyOf(page) };
  response.writeHead(200, { ...always, ...headers, "Content-Length": Buffer.byteLength(page) });
  response.end(method === "HEAD" ? undefined : page);
}

interface Refused {
  readonly status: number;
  readonly reason: string;
}

function whyRefused(request: IncomingMessage, hasToken: boolean): Refused | null {
  const strange = strangeIn(request, host);
  if (strange !== null) {
    return { status: strange.by === "host" ? 421 : 403, reason: `The request is refused: ${strange.reason}.` };
  }
  if (!hasToken) return { status: 403, reason: "The address needs the token that `vlmo view` printed with it." };
  const isReading = request.method === "GET" || request.method === "HEAD";
  return isReading ? null : { status: 405, reason: "Only GET and HEAD are allowed." };
}

async function follow(
  { headers, method }: IncomingMessage,
  response: ServerResponse,
  { live, asked }: { readonly live: Live; readonly asked: string },
): Promise<void> {
  response.writeHead(200, { ...always, "Content-Type": "text/event-stream" });
  if (method === "HEAD") return void response.end();
  response.flushHeaders();
  const again = headers["last-event-id"];
  await live.follow(response, typeof again === "string" ? again : (new URLSearchParams(asked).get("have") ?? ""));
}

/** Constant-time comparison. */
function isSame(given: string, token: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(token)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** Names of runs contain slashes, which are percent-encoded in a path. */
function decoded(word: string): string {
  try {
    return decodeURIComponent(word);
  } catch {
    return word;
  }
}

function refuse(response: ServerResponse, { status, reason }: Refused): void {
  const body = `${reason}\n`;
  const headers = { "Content-Type": "text/plain; charset=utf-8", "Content-Length": Buffer.byteLength(body) };
  response.writeHead(status, { ...always, ...headers, ...(status === 405 && { Allow: "GET, HEAD" }) });
  response.end(body);
}
