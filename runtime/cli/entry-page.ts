// An entry of the language for a terminal: how it is written, what it does, its keys in columns.
import { howText, type Entry, type Key } from "../../compiler/index.js";
import { wrapped } from "./wrapped.js";
import type { Session } from "./session.js";

/** The page of a block, head, data format or constructor; `what` says which: `optimizer`. */
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

/** A key of a name, and what has it: `stage`, `text of model`. */
export interface OwnedKey {
  readonly of: string;
  readonly key: Key;
}

/** All keys of that name. */
export function keysNamed(name: string, entries: readonly Entry[]): OwnedKey[] {
  const own = entries.flatMap((entry) => [
    { of: entry.name, keys: entry.keys },
    ...entry.keys.map(({ name: section, section: keys }) => ({ of: `${section} of ${entry.name}`, keys: keys ?? [] })),
  ]);
  return own.flatMap(({ of, keys }) => keys.filter((key) => key.name === name).map((key) => ({ of, key })));
}

/** The page of a key; what has it alike stands together. */
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
