// Chooses among the data sets in a folder: which one to train on, and what to hold out.
import type { DataKind, DataFormat } from "../../compiler/index.js";
import { vlmoError } from "../errors/vlmo-error.js";
import { annotatedIn } from "./in-files.js";
import { classesIn, imagesIn, masksIn, textsIn } from "./in-folders.js";
import { tablesIn } from "./in-tables.js";
import type { Listing } from "./listing.js";
import { partNamed, withoutPart, type Part } from "./parts.js";
import type { Lost, Source } from "./source.js";

/** A data set with its held-out part. */
export interface Chosen {
  readonly learnt: Source;
  /** The held-out part: a source of its own, or the settings that differ in a block on the same files. */
  readonly unseen: Source | HeldOut;
  /** The other data sets of the folder. */
  readonly others: readonly Source[];
  /** Files that look like annotations and are not used. */
  readonly lost: readonly Lost[];
}

/** The settings of the training and the held-out block on one data set. */
export interface HeldOut {
  readonly learnt: Readonly<Record<string, string>>;
  readonly unseen: Readonly<Record<string, string>>;
}

/** The most informative kind comes first: images with captions are also images alone. */
const order: readonly DataKind[] = ["questions", "statements", "pairs", "masks", "labelled_images", "images", "texts"];

const split = (part: "train" | "validation"): Readonly<Record<string, string>> => ({
  split: `{ hold_out: 10%, part: ${part} }`,
});
const byShare: HeldOut = { learnt: split("train"), unseen: split("validation") };

/** How a share is held out, by format. */
const heldOut: Partial<Readonly<Record<DataFormat, HeldOut>>> = {
  karpathy: { learnt: {}, unseen: { split: "[test]" } },
};

/** Chooses among the data sets in a folder; only of `kind`, if given. Throws V952 where there is none. */
export async function chosenIn(listing: Listing, kind: DataKind | null): Promise<Chosen> {
  const [annotated, tables] = [annotatedIn(listing), await tablesIn(listing)];
  const lost = [...annotated.lost, ...tables.lost];
  const found = [
    ...annotated.sources,
    ...tables.sources,
    ...[masksIn, classesIn, imagesIn, textsIn].flatMap((look) => look(listing)),
  ];
  const sets = grouped(found).sort((a, b) => order.indexOf(a.learnt.kind) - order.indexOf(b.learnt.kind));
  const [first] = sets.filter(({ learnt }) => kind === null || learnt.kind === kind);
  const others = sets.filter((set) => set !== first).map(({ learnt }) => learnt);
  if (first !== undefined) return { ...first, others, lost };
  throw vlmoError("V952", { folder: listing.folder, reason: reasonOf(kind, lost) }, { help: helpFor(sets) });
}

function reasonOf(kind: DataKind | null, [lost]: readonly Lost[]): string {
  if (lost !== undefined) return `of \`${lost.file}\`, ${lost.reason}`;
  return `no ${kind ?? "images, texts or annotations"} were recognised in it`;
}

function helpFor(sets: readonly Pick<Chosen, "learnt">[]): string | undefined {
  const kinds = [...new Set(sets.map(({ learnt }) => learnt.kind))];
  return kinds.length === 0 ? undefined : `it has ${kinds.join(", ")}: name one of these with --kind, or none`;
}

/** The training data and the held-out data. */
type DataParts = Omit<Chosen, "others" | "lost">;

function grouped(found: readonly Source[]): DataParts[] {
  const groups = new Map<string, Source[]>();
  for (const source of found) {
    const key = `${source.kind} ${source.format} ${withoutPart(source.at)}`;
    groups.set(key, [...(groups.get(key) ?? []), source]);
  }
  return [...groups.values()].flatMap(partsOf);
}

function partsOf(sources: readonly Source[]): DataParts[] {
  const of = (part: Part | null): Source | undefined => sources.find(({ at }) => partNamed(at) === part);
  const learnt = of("train") ?? of(null) ?? of("validation") ?? of("test");
  if (learnt === undefined) return [];
  const other = [of("validation"), of("test")].find((part) => part !== undefined && part !== learnt);
  return [{ learnt, unseen: other ?? heldOut[learnt.format] ?? byShare }];
}
