// Documents opened in a server, with the cursor at `‸` in one of them, and a clock that tests advance.
import { posix } from "node:path";
import type { Position, TextEdit, WorkspaceEdit } from "vscode-languageserver-types";
import { createServer, type Host, type Published, type Server } from "../../editor/index.js";
import { createSource, offsetAt, positionAt } from "../../grammar/index.js";

export const mark = "‸";

export interface Opened {
  readonly server: Server;
  /** The URI of the document with the cursor. */
  readonly uri: string;
  readonly position: Position;
  /** The current texts of documents, without the mark. */
  readonly texts: Map<string, string>;
  /** All messages sent to the client, the latest last. */
  readonly published: Published[];
  /** Advances the clock by the server's delay. */
  readonly wait: () => void;
  /** Changes a document. */
  readonly change: (name: string, text: string) => void;
}

const folder = "/work";

export function uriOf(name: string): string {
  return `file://${folder}/${name}`;
}

/** The position of the cursor in a text, and the text without it. */
export function marked(text: string): { readonly text: string; readonly position: Position } {
  const at = text.indexOf(mark);
  const bare = text.replace(mark, "");
  const { line, column } = positionAt(createSource("", bare), Math.max(0, at));
  return { text: bare, position: { line: line - 1, character: column - 1 } };
}

/** Opens documents; those in `disk` are in the workspace but not open. */
export function open(
  documents: Readonly<Record<string, string>>,
  {
    disk = {},
    snippets = false,
  }: { readonly disk?: Readonly<Record<string, string>>; readonly snippets?: boolean } = {},
): Opened {
  const published: Published[] = [];
  let due: (() => void)[] = [];
  const stored = new Map(Object.entries(disk).map(([name, text]) => [posix.join(folder, name), text]));
  const host: Host = {
    files: {
      read: (path) => stored.get(path) ?? null,
      resolvePath: (from, to) => posix.join(posix.dirname(from), to),
      beside: (path) =>
        [...stored.keys()]
          .filter((other) => posix.dirname(other) === posix.dirname(path))
          .map((other) => posix.basename(other)),
    },
    specifications: () => [...stored.keys()],
    pathOf: (uri) => (uri.startsWith("file://") ? uri.slice("file://".length) : null),
    uriOf: (path) => `file://${path}`,
    publish: (found) => published.push(found),
    refresh: () => undefined,
    later: (work) => {
      due.push(work);
      return () => {
        due = due.filter((each) => each !== work);
      };
    },
  };
  const server = createServer(host, { snippets });
  const texts = new Map<string, string>();
  const versions = new Map<string, number>();
  const change = (name: string, text: string): void => {
    const version = (versions.get(name) ?? 0) + 1;
    versions.set(name, version);
    texts.set(name, text);
    server.changed({ uri: uriOf(name), version, text });
  };
  let at: Pick<Opened, "uri" | "position"> = {
    uri: uriOf(Object.keys(documents)[0] ?? ""),
    position: { line: 0, character: 0 },
  };
  for (const [name, written] of Object.entries(documents)) {
    const { text, position } = marked(written);
    if (written.includes(mark)) at = { uri: uriOf(name), position };
    change(name, text);
  }
  const wait = (): void => {
    const works = due;
    due = [];
    for (const work of works) work();
  };
  return { server, ...at, texts, published, wait, change };
}

/** A text with edits applied. */
export function edited(text: string, edits: readonly TextEdit[]): string {
  const source = createSource("", text);
  const offset = ({ line, character }: Position): number => offsetAt(source, { line: line + 1, column: character + 1 });
  return edits
    .toSorted((a, b) => offset(b.range.start) - offset(a.range.start))
    .reduce(
      (now, { range, newText }) => now.slice(0, offset(range.start)) + newText + now.slice(offset(range.end)),
      text,
    );
}

/** The documents after a workspace edit. */
export function applied({ changes = {} }: WorkspaceEdit, texts: ReadonlyMap<string, string>): Map<string, string> {
  return new Map([...texts].map(([name, text]) => [name, edited(text, changes[uriOf(name)] ?? [])]));
}
