// Heads of a checkpoint in the place of those that a specification would newly initialise: of the same kind and the same features,
// whatever they are called there. Heads of classes are not among them: what a number means is the data's.
import { featureText, ruleOf, type HeadSpec, type StageSpec } from "../../compiler/index.js";
import type { Described } from "../predict/model.js";
import { declarationOf } from "./declaration.js";

/** A head as the checkpoint declares it, by the name of the one that it stands for. */
export interface KnownHead {
  readonly name: string;
  readonly declaration: string;
}

/** Heads of a task, by their names, of which the checkpoint has some. */
export type KnownHeads = ReadonlyMap<string, KnownHead>;

/** The checkpoint's heads for those that `next` learns. */
export function knownHeads(beginning: Described, next: StageSpec): KnownHeads {
  const found = next.learn.flatMap(({ head }): [string, KnownHead][] => {
    const own = beginning.stage.heads.find((each) => isAlike(each, head));
    return own === undefined ? [] : [[head.name, { name: own.name, declaration: declarationOf(beginning, own.name) }]];
  });
  return new Map(found);
}

function isAlike(own: HeadSpec, head: HeadSpec): boolean {
  const reads = ({ features }: HeadSpec): string => features.map(featureText).join(", ");
  return ruleOf(head).classes === undefined && own.kind === head.kind && reads(own) === reads(head);
}

/** Declarations of heads, each known one as the checkpoint has it. */
export function withKnown(lines: readonly string[], known: KnownHeads): string[] {
  return lines.flatMap((line) => {
    const [, name = ""] = /^head (\w+):/.exec(line) ?? [];
    const own = known.get(name)?.declaration.trimEnd().split("\n");
    return own ?? [line.startsWith("head ") ? renamed(line, known) : line];
  });
}

/** What names heads, by the names that they have in the checkpoint. */
export function renamed(text: string, known: KnownHeads): string {
  return text.replace(/\w+/g, (word) => known.get(word)?.name ?? word);
}
