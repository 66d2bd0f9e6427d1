// Starting and stopping servers.
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { systemCode } from "../errors/system-error.js";
import { vlmoError } from "../errors/vlmo-error.js";
import { inUrl } from "./guard.js";

/** Where a server listens. */
export interface ListenAddress {
  /** An address of this machine. */
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
}

/** Starts listening; returns the port. Throws V951. */
export function listen(server: Server, { host, port }: ListenAddress): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause) => {
      const reason = reasons[systemCode(cause) ?? ""];
      if (reason === undefined) return reject(cause);
      reject(vlmoError("V951", { address: `${inUrl(host)}:${port}`, reason }, { cause }));
    });
    // Boundary: a server that listens on a port has an address.
    server.listen({ host, port }, () => resolve((server.address() as AddressInfo).port));
  });
}

const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: "another program listens there",
  EADDRNOTAVAIL: "this machine does not have that address",
  EAFNOSUPPORT: "this machine does not have that kind of address",
  EACCES: "permission denied",
  EPERM: "permission denied",
};

/** `endIdle` closes connections without a request in progress, even with incomplete headers: node would wait for them. */
export function connectionsOf(server: Server): { readonly endIdle: () => void } {
  const idle = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    idle.add(socket);
    socket.on("close", () => idle.delete(socket));
  });
  server.on("request", ({ socket }: IncomingMessage, response: ServerResponse) => {
    idle.delete(socket);
    response.on("close", () => !socket.destroyed && idle.add(socket));
  });
  return { endIdle: () => idle.forEach((socket) => socket.destroy()) };
}

/** Headers of every response. */
export const always = {
  "Cache-Control": "no-store",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Referrer-Policy": "same-origin",
  "X-Content-Type-Options": "nosniff",
} as const;
