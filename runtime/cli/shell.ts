// What the commands share.
import { readFileSync } from "node:fs";
import type { Session } from "./session.js";

/** What commands share: how to talk, and the exit code they leave. */
export interface Shell {
  readonly session: Session;
  exit: number;
}

/** The version in package.json, which stands above both `runtime/` and `dist/runtime/`. */
export function version(): string {
  for (const up of ["../../package.json", "../../../package.json"]) {
    const text = readOr(new URL(up, import.meta.url));
    if (text !== null) return versionOf(JSON.parse(text));
  }
  throw new Error("internal: package.json is not where it should be");
}

function readOr(file: URL): string | null {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return null;
  }
}

function versionOf(manifest: unknown): string {
  const isObject = typeof manifest === "object" && manifest !== null;
  return isObject && "version" in manifest ? String(manifest.version) : "unknown";
}
