// The candidates of a contrastive head: texts as given, and class names put into a template.
import type { HeadSpec } from "../../compiler/index.js";
import { hasWords } from "../data/text/tokenizer.js";
import { vlmoError } from "../errors/vlmo-error.js";
import { wayOf } from "./heads.js";
import { onCommandLine, type Naming } from "./naming.js";

/** A candidate text for an image. */
export interface Candidate {
  readonly label: string;
  readonly text: string;
}

/** The candidates as given by the user. */
export interface Choices {
  readonly texts: readonly string[];
  readonly classes: readonly string[];
  /** The text of a class, with `{}` for its name; undefined for the default. */
  readonly template?: string | undefined;
}

/** Throws `code` for a text without any tokens in whatever vocabulary. */
export function expectWords(text: string, code: "V901" | "V909" | "V991" = "V991"): void {
  if (hasWords(text)) return;
  const reason = "a text holds nothing but whitespace or invisible characters";
  throw vlmoError(code, { reason }, { help: "write a text with words, or leave it out" });
}

/** The placeholder for a name in a template. */
export const PLACE = "{}";

/** The default template. */
export const usualTemplate = `a photo of a ${PLACE}`;

/** Classes first, each in the template. Duplicates are removed: they would split their probability. */
export function candidatesFrom({ texts, classes, template = usualTemplate }: Choices): Candidate[] {
  const all = [
    ...classes.map((label) => ({ label, text: template.replaceAll(PLACE, () => label) })),
    ...texts.map((text) => ({ label: text, text })),
  ];
  return [...new Map(all.map((each) => [`${each.label}\n${each.text}`, each])).values()];
}

/** Throws V991 where a head needs candidates and has fewer than two, or one that no model can read. */
export function expectCandidates(
  head: HeadSpec,
  candidates: readonly Candidate[],
  naming: Naming = onCommandLine,
): void {
  candidates.flatMap(({ label, text }) => [label, text]).forEach((each) => expectWords(each));
  if (wayOf(head) !== "vectors" || candidates.length > 1) return;
  const [only] = candidates;
  const given =
    only === undefined ? "none is given" : `\`${only.label}\` is all that is given: it would always have 100 %`;
  const reason = `the head \`${head.name}\` chooses among texts, and ${given}`;
  throw vlmoError("V991", { reason }, { help: `${naming.candidates}, two at least` });
}
