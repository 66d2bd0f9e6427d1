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
 * all, whatever the names and numbers in it; else each has to be fixed by itself, and only the record is left out.
 */
function causeOf({ code, message, help }: VlmoError): string {
  const said = message.replace(/\[\d+\]/g, "[]");
  return JSON.stringify(help === codes[code].help ? [code, said] : [code, withoutNames(said), withoutNames(help)]);
}

/** A field is no name of a record's own: of another one the mistake is another. */
const names = /(?<!field )`[^`]*`|"(?:[^"\\]|\\.)*"|\d[\d,.]*/g;

function withoutNames(said: string): string {
  return said.replace(names, "…");
}
