// Documentation as Markdown: of keys, constructors and declarations, from the schemas and from `///` comments.
import { howText, type Declared, type Entry, type Key } from "../../compiler/front-end.js";
import { spanText } from "../../grammar/index.js";

/** Source text as Markdown shows it. */
export function code(text: string, language = "vlmo"): string {
  return `\`\`\`${language}\n${text}\n\`\`\``;
}

/** A key or an argument. */
export function keyText(key: Key): string {
  return [`\`${key.name}\`: ${howText(key)}`, key.doc].filter((part) => part !== "").join("\n\n");
}

/** A constructor or a block, with its keys. */
export function entryText({ form, doc, keys }: Entry): string {
  const lines = keys.map((key) => `- \`${key.name}\`: ${howText(key)}. ${key.doc}`);
  return [code(form), doc, lines.join("\n")].filter((part) => part !== "").join("\n\n");
}

/** A declaration: its first line and its `///` documentation. */
export function declarationText(declared: Declared, from: string): string {
  const place = declared.module.path === from ? "" : `from \`${declared.module.path}\``;
  return [code(headOf(declared)), declared.node.doc ?? "", place].filter((part) => part !== "").join("\n\n");
}

/** The text of a declaration before its block. */
function headOf({ node }: Declared): string {
  const body = "body" in node ? node.body : undefined;
  const span = body === undefined ? node.span : { ...node.span, end: body.span.start };
  return spanText(span).trim();
}
