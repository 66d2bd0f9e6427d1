// Reuses heads of a checkpoint in place of newly initialised ones: those of the same kind and features, whatever their name.
// Classification heads are not reused: the meaning of a class number belongs to the data.
import { featureText, ruleOf, type HeadSpec, type StageSpec } from "../../compiler/index.js";
import type { Described } from "../predict/model.js";
import { declarationOf } from "./declaration.js";

/** A head as the checkpoint declares it, with the name of the new head it replaces. */
export interface KnownHead {
  readonly name: string;
  readonly declaration: string;
}

/** The heads of a task that the checkpoint has, by their new names. */
export type KnownHeads = ReadonlyMap<string, KnownHead>;

/** The checkpoint's heads for those that `next` trains. */
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

/** Declarations of heads, with the checkpoint's own declaration for each known one. */
export function withKnown(lines: readonly string[], known: KnownHeads): string[] {
  return lines.flatMap((line) => {
    const [, name = ""] = /^head (\w+):/.exec(line) ?? [];
    const own = known.get(name)?.declaration.trimEnd().split("\n");
    return own ?? [line.startsWith("head ") ? renamed(line, known) : line];
  });
}

/** A text that refers to heads, with the names from the checkpoint. */
export function renamed(text: string, known: KnownHeads): string {
  return text.replace(/\w+/g, (word) => known.get(word)?.name ?? word);
}
