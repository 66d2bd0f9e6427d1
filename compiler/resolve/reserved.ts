// Names that a declaration may not have: for heads reserved ones, since `loss.NAME` already is something else, and for
// all kinds overlong ones.
import type { Name } from "../../grammar/index.js";
import { diagnose } from "../codes.js";
import { kindWords, type NamedKind, type Report } from "./module.js";

const reserved: ReadonlyMap<string, string> = new Map([
  ["total", "`loss.total` is the sum of all losses"],
  ...["first", "last", "min", "max", "mean"].map((word): [string, string] => [
    word,
    `\`loss.${word}\` in a \`test\` is of all losses`,
  ]),
]);

/** Names of stages and evaluations become parts of file names, which are limited to 255 bytes. */
const longest = 100;

/** Reports a name that a declaration may not have. */
export function checkName({ text: name, span }: Name, kind: NamedKind, report: Report): void {
  const what = kindWords[kind];
  const reason = kind === "head" ? reserved.get(name) : undefined;
  if (reason !== undefined)
    report(diagnose("V118", span, { what, name, reason }, { help: `rename it, as in \`${name}_head\`` }));
  if (name.length > longest) report(diagnose("V118", span, tooLong(what, name), { help: "give it a shorter name" }));
}

function tooLong(what: string, name: string): { what: string; name: string; reason: string } {
  const reason = `it has ${name.length} characters, and a name may have ${longest}`;
  return { what, name: `${name.slice(0, 20)}…`, reason };
}
