// Codes of `vlmo serve`, V950 and V951.
import type { CodeEntry } from "./data-codes.js";

/** By code. */
export const serveCodes = {
  V950: {
    message: (h: { reason: string }) => `the request cannot be answered: ${h.reason}`,
    help: "docs/serve.md shows what can be asked, and how; GET /model says what this model is asked",
    explain:
      "A request to `vlmo serve` is not one that it answers: of a form that is not read, too large, for a path that there is not, " +
      "from a page of elsewhere, or one too many at a time. The HTTP status says why.",
  },
  V951: {
    message: (h: { address: string; reason: string }) => `cannot listen at \`${h.address}\`: ${h.reason}`,
    help: "name another port with --port, or 0 for any that is free",
    explain: "A server needs a free port, at an address of this machine, and permission to use it.",
  },
} as const satisfies Readonly<Record<string, CodeEntry>>;
