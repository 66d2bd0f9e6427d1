// Names that a declaration may not have, since what goes by its name would be something else.
import type { Name } from "../../grammar/index.js";
import { diagnose } from "../codes.js";
import type { NamedKind, Report } from "./modules.js";

const oneStep = (word: string): readonly [string, string] => [word, `\`loss.${word}\` in a \`test\` is of all losses`];

/** Reserved names of each kind, with what they stand for. */
const reserved: Readonly<Partial<Record<NamedKind, ReadonlyMap<string, string>>>> = {
  head: new Map([
    ["total", "`loss.total` is the sum of all losses"],
    ...["first", "last", "min", "max", "mean"].map(oneStep),
  ]),
  stage: new Map([["scratch", "`from scratch` begins without a stage"]]),
};

/** Reports a name that is taken by the language. */
export function checkName({ text: name, span }: Name, kind: NamedKind, report: Report): void {
  const reason = reserved[kind]?.get(name);
  if (reason !== undefined)
    report(diagnose("V118", span, { name, kind, reason }, { help: `rename it, as in \`${name}_${kind}\`` }));
}
