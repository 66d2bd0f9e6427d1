// Properties of printing any file: the meaning and the comments are preserved, and printing is idempotent.
import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { createSource, format, parse, renderAll } from "../../grammar/index.js";
import { shape } from "./shape.js";

/** The printed file. */
export function printed(text: string): string {
  const before = parse(createSource("a.vlmo", text));
  const once = format(before.file);
  const after = parse(createSource("a.vlmo", once));
  strictEqual(renderAll(after.diagnostics), "");
  deepStrictEqual(after.file.declarations.map(shape), before.file.declarations.map(shape));
  const docs = ({ declarations }: typeof before.file) => declarations.map(({ doc }) => doc);
  deepStrictEqual(docs(after.file), docs(before.file));
  const said = ({ comments }: typeof before.file): string[] =>
    comments.map(({ doc, text: words }) => `${doc} ${words}`);
  deepStrictEqual(said(after.file).toSorted(), said(before.file).toSorted());
  strictEqual(format(after.file), once);
  return once;
}
