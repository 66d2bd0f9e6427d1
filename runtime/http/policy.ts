// What a page that we serve may do in a browser.
import { createHash } from "node:crypto";

/** Its header `Content-Security-Policy`: only what stands in the page itself may run, and only its own server is asked. */
export function policyOf(page: string): string {
  const hashes = (tag: string): string =>
    [...page.matchAll(new RegExp(`<${tag}>([^]*?)</${tag}>`, "g"))]
      .map(([, text = ""]) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`)
      .join(" ");
  return [
    "default-src 'none'",
    `style-src ${hashes("style")}`,
    `script-src ${hashes("script")}`,
    "img-src blob: data:",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
}
