// Which version of vlmo this is.
import { readFileSync } from "node:fs";

/** The version in package.json, which is above `runtime/`, `dist/runtime/` and `dist/bundle/`. */
export function version(): string {
  for (const up of ["../package.json", "../../package.json"]) {
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
