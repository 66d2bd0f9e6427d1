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
