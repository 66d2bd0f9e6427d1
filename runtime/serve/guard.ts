// Who may ask a server: a page of elsewhere that a browser shows must neither reach it under a name of its own (DNS
// rebinding) nor make it work.
import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";
import { refusal } from "./refusal.js";

/** Whether only programs of this machine reach an address. */
export function isLoopback(address: string): boolean {
  return address === "::1" || /^127(\.\d{1,3}){3}$/.test(address);
}

/** An address as it stands in a URL. */
export function inUrl(address: string): string {
  return isIP(address) === 6 ? `[${address}]` : address;
}

/** Throws where a request is not for a server at this address, or is made by a page that it has not sent. */
export function expectOwn({ headers }: IncomingMessage, address: string): void {
  const host = nameIn(`http://${headers.host ?? ""}`);
  if (isLoopback(address) && host?.name !== "localhost" && !isLoopback(host?.name ?? "")) {
    const help = "use http://localhost or the address that the server has printed";
    throw refusal("host", "its Host header is none of this machine, where alone this server answers", { help });
  }
  const { origin } = headers;
  if (origin === undefined || nameIn(origin)?.whole === host?.whole) return;
  const help = "ask from a program, or from the server's own page";
  throw refusal("origin", "it was made by a page of another origin", { help });
}

function nameIn(url: string): { readonly name: string; readonly whole: string } | null {
  if (!URL.canParse(url)) return null;
  const { hostname, host } = new URL(url);
  return { name: hostname.replace(/^\[|\]$/g, ""), whole: host };
}
