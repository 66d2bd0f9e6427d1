// The open file and all changes, in the fragment of the address: that part of an address is never sent to a server.
import type { Texts } from "../files.js";

/** The state that an address encodes. */
export interface State {
  readonly path: string;
  /** Files that differ from the shipped ones. */
  readonly changed: Texts;
}

/** Above this length browsers and chats may truncate an address; it would still open from a bookmark. */
export const longest = 30_000;

/** The fragment of a state: `#specs/quickstart.vlmo` where nothing was changed. */
export async function fragmentOf({ path, changed }: State): Promise<string> {
  const place = `#${path.split("/").map(encoded).join("/")}`;
  if (changed.size === 0) return place;
  const bytes = await through(
    new TextEncoder().encode(JSON.stringify([...changed])),
    new CompressionStream("deflate-raw"),
  );
  const text = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
  return `${place}~${text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "")}`;
}

function encoded(name: string): string {
  return encodeURIComponent(name).replaceAll("~", "%7E");
}

/** The state of a fragment; null where it cannot be decoded. */
export async function stateOf(fragment: string): Promise<State | null> {
  const [, path = "", packed] = /^#([^~]+)(?:~([\w-]+))?$/.exec(fragment) ?? [];
  if (path === "") return null;
  try {
    return {
      path: decodeURIComponent(path),
      changed: packed === undefined ? new Map() : new Map(await unpacked(packed)),
    };
  } catch {
    return null;
  }
}

async function unpacked(text: string): Promise<[string, string][]> {
  const letters = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  const bytes = Uint8Array.from(letters, (letter) => letter.charCodeAt(0));
  const found: unknown = JSON.parse(
    new TextDecoder().decode(await through(bytes, new DecompressionStream("deflate-raw"))),
  );
  if (!Array.isArray(found)) return [];
  return found.flatMap((each: unknown): [string, string][] => {
    if (!Array.isArray(each) || typeof each[0] !== "string" || typeof each[1] !== "string") return [];
    return [[each[0], each[1]]];
  });
}

/** More than any hand-written text: a fragment of a few bytes could unpack to gigabytes. */
const most = 2 ** 22;

async function through(
  bytes: Uint8Array<ArrayBuffer>,
  stream: CompressionStream | DecompressionStream,
): Promise<Uint8Array> {
  const reader = new Blob([bytes]).stream().pipeThrough(stream).getReader();
  const parts: Uint8Array[] = [];
  let length = 0;
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    const part: Uint8Array = next.value;
    length += part.length;
    if (length > most) throw new Error("too much");
    parts.push(part);
  }
  const all = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
