// Mistakes of many records that are one mistake: the first is reported, with the number of the others.
import { codes } from "../../errors/codes.js";
import { VlmoError } from "../../errors/vlmo-error.js";

/** Mistakes that are one, in their order. */
export type Alike = readonly [VlmoError, ...VlmoError[]];

/** Groups mistakes of one cause, in the order of the first of each. */
export function alike(mistakes: readonly VlmoError[]): Alike[] {
  const groups = new Map<string, [VlmoError, ...VlmoError[]]>();
  for (const mistake of mistakes) {
    const key = causeOf(mistake);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [mistake]);
    else group.push(mistake);
  }
  return [...groups.values()];
}

/** The first of several alike, with the number of the others. */
export function reportedOnce([first, ...others]: Alike): VlmoError {
  if (others.length === 0) return first;
  const more = `(and ${others.length.toLocaleString("en")} more ${others.length === 1 ? "record" : "records"})`;
  return new VlmoError(first.code, `${first.message} ${more}`, first);
}

/**
 * What mistakes of one cause have in common. Where a remedy is known that is nearer than the catalogue's, it is one for
 * all, whatever the names and numbers in it; so it is where a field holds values of another kind than is read. Else each
 * has to be fixed by itself, and only the record is left out.
 */
function causeOf({ code, message, help }: VlmoError): string {
  const said = message.replace(/\[\d+\]/g, "[]");
  if (help !== codes[code].help) return JSON.stringify([code, withoutNames(said), withoutNames(help)]);
  return JSON.stringify([code, code === "V913" ? withoutValue(said) : said]);
}

/** A field is no name of a record's own: of another one the mistake is another. */
const names = /(?<!field )`[^`]*`|"(?:[^"\\]|\\.)*"|\d[\d,.]*/g;

function withoutNames(said: string): string {
  return said.replace(names, "…");
}

const number = /-?\d[\d.]*(?:e[+-]?\d+)?/g;

/** What a field holds, by its kind alone; where some texts would have been right, each that is wrong is another mistake. */
function withoutValue(said: string): string {
  const [, before = "", got = ""] = /^([^]*?, but is )([^]*)$/.exec(said) ?? [];
  if (got.startsWith('"') && before.includes(" should be one of ")) return said;
  const bracket = /^[[{]/.exec(got)?.[0];
  return before + (bracket ?? withoutNames(got.replace(/^(true|false)$/, "a boolean").replace(number, "…")));
}
