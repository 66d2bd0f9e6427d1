// Which head of a stage answers, where nobody says it: the one that what was given is for.
import type { HeadSpec, StageSpec } from "../../compiler/index.js";
import { vlmoError } from "../errors/vlmo-error.js";
import { askedOf, wayOf } from "./heads.js";
import { onCommandLine, type Naming } from "./naming.js";

/** What is given, whatever it is. */
export interface Given {
  readonly images: readonly unknown[];
  readonly texts: readonly string[];
  /** A file that may hold anything. */
  readonly records: string | null;
}

/** The head of that name, or the only one that reads what is given, those that the stage learns before all others. Throws V991. */
export function headFor(stage: StageSpec, name: string | null, given: Given, naming: Naming = onCommandLine): HeadSpec {
  const answering = stage.heads.filter((head) => wayOf(head) !== null);
  const refused = (reason: string, heads = answering): Error =>
    vlmoError(
      "V991",
      { reason },
      { help: heads.length === 0 ? undefined : `name one with ${naming.head}: ${heads.map(described).join("; ")}` },
    );
  if (answering.length === 0) throw refused(`the stage \`${stage.name}\` has no head that answers`);
  if (name !== null) {
    const named = answering.find((head) => head.name === name);
    if (named !== undefined) return named;
    const isThere = stage.heads.some((head) => head.name === name);
    throw refused(
      isThere ? `the head \`${name}\` serves training alone` : `the stage \`${stage.name}\` has no head \`${name}\``,
    );
  }
  const fitting = answering.filter((head) => fits(head, given));
  const learnt = fitting.filter((head) => stage.learn.some((each) => each.head.name === head.name));
  const [only, second] = learnt.length > 0 ? learnt : fitting;
  if (only === undefined) throw refused(`no head of the stage \`${stage.name}\` reads what is given`);
  if (second !== undefined)
    throw refused(
      `several heads of the stage \`${stage.name}\` read what is given`,
      learnt.length > 0 ? learnt : fitting,
    );
  return only;
}

/** Records may hold anything; else images and texts must be just what the head reads. */
function fits(head: HeadSpec, { images, texts, records }: Given): boolean {
  if (records !== null) return true;
  const asked = askedOf(head);
  const enough = { 0: images.length === 0, 1: images.length > 0, 2: images.length === 2 }[asked.images];
  return enough && asked.text === texts.length > 0;
}

function described(head: HeadSpec): string {
  const { images, text } = askedOf(head);
  const reads = [[[], ["an image"], ["two images"]][images] ?? [], text ? ["a text"] : []].flat();
  return `${head.name} (${head.kind}: ${wayOf(head) === "vectors" ? "an image among texts" : reads.join(" and ")})`;
}
