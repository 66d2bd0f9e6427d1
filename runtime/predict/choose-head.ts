// Which head of a stage answers by default: the one that reads the given inputs.
import type { HeadSpec, StageSpec } from "../../compiler/index.js";
import { closest } from "../../grammar/index.js";
import { vlmoError } from "../errors/vlmo-error.js";
import type { Given } from "./effect.js";
import { answeringHeads, askedOf, wayOf } from "./heads.js";
import { onCommandLine, type Naming } from "./naming.js";

/** The head of that name, or the only one that reads the given inputs, trained heads before others. Throws V991. */
export function headFor(stage: StageSpec, name: string | null, given: Given, naming: Naming = onCommandLine): HeadSpec {
  const isChooser = (head: HeadSpec): boolean => wayOf(head) === "vectors";
  const reads = (head: HeadSpec): boolean => wayOf(head) !== null && !isChooser(head) && fits(head, given);
  const chooses = (head: HeadSpec): boolean => isChooser(head) && fits(head, { ...given, texts: [] });
  // Class names, texts beside records, and texts that no head reads are candidates.
  const isChoice = given.classes.length > 0 || (given.records !== null && given.texts.length > 0);
  const preferred = isChoice ? [chooses, reads] : [reads, chooses];
  const asking = {
    fits: preferred.find((fitting) => stage.heads.some(fitting)) ?? reads,
    does: ["reads", "read"],
    what: "what is given",
    named: naming.head,
  } as const;
  return chosen(stage, name, { ...asking, refused: (reason, help) => vlmoError("V991", { reason }, { help }) });
}

/** The head of that name, or the only one that answers, trained heads before others. Throws as `refused` says. */
export function headThatAnswers(stage: StageSpec, name: string | null, refused: Choice["refused"]): HeadSpec {
  return chosen(stage, name, {
    fits: () => true,
    does: ["answers", "answer"],
    what: "questions",
    named: onCommandLine.head,
    refused,
  });
}

/** How to choose and describe a head. */
interface Choice {
  readonly fits: (head: HeadSpec) => boolean;
  /** The verb phrase for one head that fits, and for several. */
  readonly does: readonly [one: string, several: string];
  readonly what: string;
  /** How the user names a head. */
  readonly named: string;
  readonly refused: (reason: string, help: string | undefined) => Error;
}

function chosen(stage: StageSpec, name: string | null, { fits, does, what, named: by, refused }: Choice): HeadSpec {
  const answering = answeringHeads(stage);
  const error = (reason: string, heads = answering): Error =>
    refused(reason, heads.length === 0 ? undefined : `name one with ${by}: ${heads.map(described).join("; ")}`);
  if (answering.length === 0) throw error(`the stage \`${stage.name}\` has no head that answers`);
  if (name !== null) {
    const named = answering.find((head) => head.name === name);
    if (named !== undefined) return named;
    if (stage.heads.some((head) => head.name === name)) throw error(`the head \`${name}\` serves training alone`);
    const near = closest(
      name,
      answering.map((head) => head.name),
    );
    const reason = `the stage \`${stage.name}\` has no head \`${name}\``;
    throw near === undefined ? error(reason) : refused(reason, `did you mean \`${near}\`?`);
  }
  const fitting = answering.filter(fits);
  const learnt = fitting.filter((head) => stage.learn.some((each) => each.head.name === head.name));
  const candidates = learnt.length > 0 ? learnt : fitting;
  const [only, second] = candidates;
  if (only === undefined)
    throw refused(
      `no head of the stage \`${stage.name}\` ${does[0]} ${what}`,
      `what its heads read: ${answering.map(described).join("; ")}`,
    );
  if (second !== undefined) throw error(`several heads of the stage \`${stage.name}\` ${does[1]} ${what}`, candidates);
  return only;
}

/** Records may hold anything; otherwise images and texts must be exactly those that the head reads. */
function fits(head: HeadSpec, { images, texts, records }: Pick<Given, "images" | "texts" | "records">): boolean {
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
