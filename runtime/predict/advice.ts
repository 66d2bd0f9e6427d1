// Remedies for images named on a command line: the catalogue's are for the data blocks of a specification.
import { advisedBy, mistakesIn, VlmoError, withoutSkipping } from "../errors/vlmo-error.js";

/** Remedies for images of a folder; for others the catalogue's apply. */
const remedies: Readonly<Record<string, string>> = {
  V915: "name the image itself: links that lead out of a folder are not followed",
  V916: "fix the link, or remove it",
};

/** The remedy for an image named by the user. */
export function imageAdvice({ code, help }: VlmoError): string {
  return remedies[code] ?? withoutSkipping(help, ", or leave it out");
}

/** Rethrows an error with such a remedy. */
export function throwAdvised(thrown: unknown): never {
  throw thrown instanceof VlmoError ? advisedBy(mistakesIn(thrown), imageAdvice) : thrown;
}
