// Access control of our servers: a web page from elsewhere in a browser must neither reach them under a host name of its own
// (DNS rebinding) nor have them do any work.
import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";

/** Whether an address is reachable from this machine only. */
export function isLoopback(address: string): boolean {
  return address === "::1" || /^127(\.\d{1,3}){3}$/.test(address);
}

/** An address as written in a URL. */
export function inUrl(address: string): string {
  return isIP(address) === 6 ? `[${address}]` : address;
}

/** Why a request is refused: it names another host, or comes from a page of another origin. */
export interface Strange {
  readonly by: "host" | "origin";
  readonly reason: string;
  readonly help: string;
}

/** The reason to refuse a request to a server at this address; null where there is none. */
export function strangeIn({ headers }: IncomingMessage, address: string): Strange | null {
  const host = nameIn(`http://${headers.host ?? ""}`);
  if (isLoopback(address) && host?.name !== "localhost" && !isLoopback(host?.name ?? "")) {
    const reason = "its Host header does not name this machine, and this server answers only there";
    return { by: "host", reason, help: "use http://localhost or the address that the server printed" };
  }
  const { origin } = headers;
  if (origin === undefined || nameIn(origin)?.whole === host?.whole) return null;
  const help = "send requests from a program, or from the server's own page";
  return { by: "origin", reason: "it was made by a page of another origin", help };
}

function nameIn(url: string): { readonly name: string; readonly whole: string } | null {
  if (!URL.canParse(url)) return null;
  const { hostname, host } = new URL(url);
  return { name: hostname.replace(/^\[|\]$/g, ""), whole: host };
}
