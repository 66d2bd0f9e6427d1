// An entry of the language for a terminal: its syntax, its documentation, its keys in columns.
import { howText, type Entry, type Key } from "../../compiler/index.js";
import { wrapped } from "./wrapped.js";
import type { Session } from "./session.js";

/** The page of a block, head, data format or constructor; `what` is its kind: `optimizer`. */
export function entryPage(entry: Entry, what: string, { colours }: Session): string {
  const { name, form, doc, keys } = entry;
  const title = `${colours.bold(name)}  ${colours.dim(what)}`;
  const sections = keys.flatMap(({ name: key, section }) =>
    section === null ? [] : [{ title: `${key} { … }`, keys: section }],
  );
  const tables = [{ title: "", keys }, ...sections].filter((table) => table.keys.length > 0);
  return [
    title,
    ...(form === name ? [] : [`  ${form}`]),
    wrapped(doc),
    ...tables.map((table) =>
      [...(table.title === "" ? [] : [colours.bold(table.title)]), keyTable(table.keys)].join("\n"),
    ),
  ].join("\n\n");
}

/** A key with its owner: `stage`, `text of model`. */
export interface OwnedKey {
  readonly of: string;
  readonly key: Key;
}

/** Entries of the language with their kind: `optimizer`. */
interface Group {
  readonly kind: string;
  readonly what: string;
  readonly entries: readonly Entry[];
}

/**
 * All keys with that name; for a path (`adamw.lr`, `text.length`, `pairs.optimizer.lr`) only those of the owner before its last
 * dot: a block, a head, a format, a constructor or its family, or a section.
 */
export function keysNamed(path: string, groups: readonly Group[]): OwnedKey[] {
  const [name, owner] = path.split(".").reverse();
  return ownersIn(groups)
    .filter(({ called }) => owner === undefined || called.includes(owner))
    .flatMap(({ of, keys }) => keys.filter((key) => key.name === name).map((key) => ({ of, key })));
}

/** Owners of keys, with all their names. */
function ownersIn(groups: readonly Group[]): { of: string; called: readonly string[]; keys: readonly Key[] }[] {
  return groups.flatMap(({ kind, what, entries }) =>
    entries.flatMap((entry) => [
      { of: entry.name, called: [kind, what, entry.name], keys: entry.keys },
      ...entry.keys.map(({ name: section, section: keys }) => ({
        of: `${section} of ${entry.name}`,
        called: [section],
        keys: keys ?? [],
      })),
    ]),
  );
}

/** The keys of a path's owner, as paths: candidates for a misspelt one. */
export function pathsLike(path: string, groups: readonly Group[]): string[] {
  const owner = path.split(".").at(-2);
  if (owner === undefined) return [];
  return ownersIn(groups)
    .filter(({ called }) => called.includes(owner))
    .flatMap(({ keys }) => keys.map((key) => `${owner}.${key.name}`));
}

/** The page of a key; owners whose key is identical are grouped. */
export function keyPage(name: string, found: readonly OwnedKey[], { colours }: Session): string {
  const owners = new Map<string, string[]>();
  for (const { of, key } of found) {
    const text = `${howText(key)}. ${key.doc}`;
    owners.set(text, [...(owners.get(text) ?? []), of]);
  }
  return [...owners]
    .map(([text, alike]) => {
      const title = `${colours.bold(name)}  ${colours.dim(`key of ${alike.join(", ")}`)}`;
      return `${title}\n\n  ${wrapped(text, "  ")}`;
    })
    .join("\n\n");
}

function keyTable(keys: readonly Key[]): string {
  const rows = keys.map((key) => ({ name: key.name, how: howText(key), doc: key.doc }));
  const widest = Math.max(...rows.map(({ name }) => name.length));
  return rows
    .map(({ name, how, doc }) => {
      const indent = " ".repeat(widest + 4);
      return `  ${name.padEnd(widest)}  ${wrapped(`${how}. ${doc}`, indent)}`;
    })
    .join("\n");
}
