// The HTTP server, with a table of paths. Whether a request is allowed is decided before its body is read.
import { setMaxListeners } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { systemCode } from "../errors/system-error.js";
import { inUrl, strangeIn } from "../http/guard.js";
import { always, connectionsOf, listen, type ListenAddress } from "../http/listen.js";
import { busy, createBodyReader } from "./body.js";
import { describe } from "./describe.js";
import { fieldsOf } from "./fields.js";
import { limits, type ServerLimits } from "./limits.js";
import { createPage } from "./page.js";
import { predictRequest } from "./predict-request.js";
import { refusal, refusalOf } from "./refusal.js";
import { answered, json, refused, type Reply } from "./reply.js";
import { createService, type ServiceOptions } from "./service.js";

/** Options of a server. */
export interface ServeOptions extends ListenAddress, ServiceOptions {
  readonly limits: ServerLimits;
  /** The version of the program. */
  readonly version: string;
  /** Called with internal errors. */
  readonly failed: (error: unknown) => void;
}

/** Counts of requests by outcome. */
export interface Counts {
  /** Requests to the model. */
  answered: number;
  /** Requests with client errors, or that the server had no capacity for. */
  refused: number;
  failed: number;
}

/** A server that listens. */
export interface Server {
  readonly url: string;
  readonly port: number;
  readonly counts: Readonly<Counts>;
  /** Accepts no more requests, answers the pending ones, and releases its memory on the engine. */
  stop(): Promise<void>;
}

/** Starts the server. Throws V951. */
export async function serve(options: ServeOptions): Promise<Server> {
  const counts: Counts = { answered: 0, refused: 0, failed: 0 };
  const service = createService(options);
  const state = { stopping: false };
  const answer = answererOf(options, { service, state, counts });
  const server = createServer(
    {
      headersTimeout: limits.headerSeconds * 1000,
      requestTimeout: limits.requestSeconds * 1000,
      connectionsCheckingInterval: 1000,
      // The guard checks it, with a better message.
      requireHostHeader: false,
    },
    (request, response) => {
      answer(request, response)
        .then((reply) => send(request, response, { reply, last: state.stopping }))
        .catch((error: unknown) => {
          response.destroy();
          options.failed(error);
        });
    },
  );
  server.maxConnections = limits.connections;
  const connections = connectionsOf(server);
  server.on("clientError", (error, socket: Socket) => unreadable(error, socket));
  const port = await listen(server, options).catch((error: unknown) => {
    service.dispose();
    throw error;
  });
  return {
    url: `http://${inUrl(options.host)}:${port}`,
    port,
    counts,
    stop: async () => {
      state.stopping = true;
      const closed = new Promise((resolve) => server.close(resolve));
      connections.endIdle();
      // Node enforces no timeouts once the server is closing.
      const late = setTimeout(
        () => server.closeAllConnections(),
        1000 * (limits.requestSeconds + options.limits.seconds),
      );
      await closed;
      clearTimeout(late);
      await service.idle();
      service.dispose();
    },
  };
}

interface Serving {
  readonly service: ReturnType<typeof createService>;
  readonly state: { readonly stopping: boolean };
  readonly counts: Counts;
}

type Answer = (request: IncomingMessage, response: ServerResponse) => Promise<Reply>;

/** Answers any request; never rejects. */
function answererOf(options: ServeOptions, serving: Serving): Answer {
  const { counts } = serving;
  const routes = routesOf(options, serving);
  return async (request, response) => {
    try {
      const strange = strangeIn(request, options.host);
      if (strange !== null) throw refusal(strange.by, strange.reason, { help: strange.help });
      return await routeOf(routes, request)(request, response);
    } catch (error) {
      const refusal = refusalOf(error);
      if (refusal !== null) {
        counts.refused++;
        return refused(refusal);
      }
      counts.failed++;
      options.failed(error);
      const message = "internal error: a bug in vlmo; the server's own output shows more";
      return json({ errors: [{ code: "internal", message, help: "please report it" }] }, 500);
    }
  };
}

type Routes = ReadonlyMap<string, Readonly<Partial<Record<string, Answer>>>>;

function routesOf(options: ServeOptions, { service, state, counts }: Serving): Routes {
  const description = describe(options.model, options.version);
  const page = createPage(description);
  const asked = predictor(options, service);
  const predict: Answer = async (request, response) => {
    const reply = await asked(request, response);
    counts.answered++;
    return reply;
  };
  const reading = (reply: () => Reply): Readonly<Partial<Record<string, Answer>>> => {
    const answer = async (): Promise<Reply> => reply();
    return { GET: answer, HEAD: answer };
  };
  return new Map([
    ["/", reading(() => page)],
    ["/model", reading(() => json(description))],
    [
      "/health",
      reading(() => json({ status: state.stopping ? "stopping" : "ok", ...counts }, state.stopping ? 503 : 200)),
    ],
    ["/predict", { POST: predict }],
  ]);
}

function routeOf(routes: Routes, { url = "", method = "" }: IncomingMessage): Answer {
  const methods = routes.get(url.split("?")[0] ?? "");
  if (methods === undefined) {
    throw refusal("path", "there is nothing at that path", { help: `its paths are ${[...routes.keys()].join(", ")}` });
  }
  const answer = methods[method];
  if (answer !== undefined) return answer;
  const allowed = Object.keys(methods).join(", ");
  throw refusal("method", `that path takes ${allowed}`, {
    help: "docs/serve.md shows how",
    headers: { Allow: allowed },
  });
}

/** POST /predict. */
function predictor({ limits: { body, waiting, seconds } }: ServeOptions, service: Serving["service"]): Answer {
  const bodies = createBodyReader(body);
  let inside = 0;
  return async (request, response) => {
    if (request.url?.includes("?") === true) {
      throw refusal("form", "its query string is not supported", { help: "write fields into the body" });
    }
    if (inside >= waiting) throw busy(`${waiting} requests are being answered`);
    const leaving = leavingOf(response, seconds);
    inside++;
    try {
      return await bodies.read(request, async (bytes) => {
        const asked = predictRequest(await fieldsOf(bytes, request.headers));
        const wanted = { accept: request.headers.accept ?? "", overlay: asked.overlay };
        return answered(await service.ask(asked, leaving.signal), wanted);
      });
    } finally {
      inside--;
      leaving.end();
    }
  };
}

/** Aborts when the client has disconnected or waited too long; `end` also aborts pending questions. */
function leavingOf(
  response: ServerResponse,
  seconds: number,
): { readonly signal: AbortSignal; readonly end: () => void } {
  const controller = new AbortController();
  // Every question of the request adds a listener.
  setMaxListeners(0, controller.signal);
  const help = "ask for less at a time, or start the server with a larger --timeout";
  const late = (): void => controller.abort(refusal("late", `it has taken ${seconds} seconds`, { help }));
  const gone = (): void => controller.abort(refusal("late", "its client has disconnected"));
  const timer = setTimeout(late, seconds * 1000);
  response.on("close", gone);
  return {
    signal: controller.signal,
    end: () => {
      clearTimeout(timer);
      response.off("close", gone);
      gone();
    },
  };
}

interface Sending {
  readonly reply: Reply;
  /** Whether the connection is closed after it. */
  readonly last: boolean;
}

function send({ method }: IncomingMessage, response: ServerResponse, { reply, last }: Sending): void {
  const { status, type, body, headers } = reply;
  const bytes = Buffer.from(body);
  response.writeHead(status, {
    ...always,
    "Content-Type": `${type}${type === "text/html" ? "; charset=utf-8" : ""}`,
    "Content-Length": bytes.length,
    ...(last && { Connection: "close" }),
    ...headers,
  });
  response.end(method === "HEAD" ? undefined : bytes);
}

/** Answers invalid HTTP and timeouts. */
function unreadable(error: Error, socket: Socket): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const isLate = systemCode(error) === "ERR_HTTP_REQUEST_TIMEOUT";
  const status = isLate ? "408 Request Timeout" : "400 Bad Request";
  const reason = isLate ? "it did not arrive in time" : "it is not valid HTTP";
  const { body } = refused(refusal("form", reason));
  const lines = [
    `HTTP/1.1 ${status}`,
    "Content-Type: application/json",
    `Content-Length: ${body.length}`,
    "Connection: close",
  ];
  socket.end(`${lines.join("\r\n")}\r\n\r\n${body.toString()}`);
}
