// Advice on images that somebody has named: what the catalogue says of them is for the data blocks of a specification.
import { advisedBy, mistakesIn, VlmoError, withoutSkipping } from "../errors/vlmo-error.js";

/** What to do about images of a folder; of others the catalogue knows what to make of the file. */
const remedies: Readonly<Record<string, string>> = {
  V915: "name the image itself: links that lead out of a folder are not followed",
  V916: "fix the link, or remove it",
};

/** What to do about an image that somebody has named. */
export function imageAdvice({ code, help }: VlmoError): string {
  return remedies[code] ?? withoutSkipping(help, ", or leave it out");
}

/** Throws what is thrown, with such advice. */
export function throwAdvised(thrown: unknown): never {
  throw thrown instanceof VlmoError ? advisedBy(mistakesIn(thrown), imageAdvice) : thrown;
}
