// Names of heads that are taken: what goes by them would be something else.
import type { Name } from "../../grammar/index.js";
import { diagnose } from "../codes.js";
import type { NamedKind, Report } from "./module.js";

const reserved: ReadonlyMap<string, string> = new Map([
  ["total", "`loss.total` is the sum of all losses"],
  ...["first", "last", "min", "max", "mean"].map((word): [string, string] => [
    word,
    `\`loss.${word}\` in a \`test\` is of all losses`,
  ]),
]);

/** Reports a name that a declaration may not have. */
export function checkName({ text: name, span }: Name, kind: NamedKind, report: Report): void {
  const reason = kind === "head" ? reserved.get(name) : undefined;
  if (reason !== undefined)
    report(diagnose("V118", span, { name, reason }, { help: `rename it, as in \`${name}_head\`` }));
}
