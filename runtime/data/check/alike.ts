// Groups mistakes with the same cause: the first is reported, with the number of others.
import { codes } from "../../errors/codes.js";
import { VlmoError } from "../../errors/vlmo-error.js";

/** Mistakes with the same cause, in their order. */
export type Alike = readonly [VlmoError, ...VlmoError[]];

/** Groups mistakes by cause, in the order of the first of each. */
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

/** The first of a group, with the number of the others in its message. */
export function reportedOnce([first, ...others]: Alike): VlmoError {
  if (others.length === 0) return first;
  const more = `(and ${others.length.toLocaleString("en")} more ${others.length === 1 ? "record" : "records"})`;
  return new VlmoError(first.code, `${first.message} ${more}`, first);
}

/**
 * A key for the cause of a mistake. If it has a help of its own, more specific than that of its code, one fix serves all such
 * mistakes, whatever their names and numbers; so it does if a field has values of another type. Otherwise each has to be fixed separately, and only the index of the record is
 * left out.
 */
function causeOf({ code, message, help }: VlmoError): string {
  const said = message.replace(/\[\d+\]/g, "[]");
  if (help !== codes[code].help) return JSON.stringify([code, withoutNames(said), withoutNames(help)]);
  return JSON.stringify([code, code === "V913" ? withoutValue(said) : said]);
}

/** Names and numbers in a message, but not field names: a mistake in another field is another mistake. */
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
