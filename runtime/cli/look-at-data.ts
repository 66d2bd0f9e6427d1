// The data of specifications, for `check --data` and `data`: their contents as lines and as plain data, mistakes as
// diagnostics.
import { counted, listed, type Diagnostic } from "../../grammar/index.js";
import type { DataSpec, Spec } from "../../compiler/index.js";
import type { BlockReport, InspectOptions } from "../data/check/blocks.js";
import { beforeTraining, blocksOf, inspectData, type Inspection, type Readers } from "../data/check/inspect.js";
import { readsOf, type Read } from "../data/check/reads.js";
import { inspectTexts, type TextReport } from "../data/check/texts.js";
import { describeData, type Description } from "../data/describe/describe.js";
import type { DataKind, Note } from "../data/index.js";
import { DataShelf } from "../data/stage-data.js";
import { distinct } from "../errors/vlmo-error.js";
import { diagnosticOf } from "./failure.js";
import { checkFile, entryPath } from "./load-spec.js";
import type { Session } from "./session.js";

/** A line about a data set or a vocabulary that was found, with notes. */
export interface DataLine {
  /** The name of the data block; null for a vocabulary. */
  readonly name: string | null;
  readonly text: string;
  /** False where it has mistakes, which are reported separately. */
  readonly isSound: boolean;
  readonly notes: readonly string[];
}

/** A block with reports on its texts. */
type Block = BlockReport & { readonly texts: readonly TextReport[] };

/** The data found on disk. */
export interface DataLook {
  readonly lines: readonly DataLine[];
  readonly found: { readonly blocks: readonly Block[]; readonly vocabularies: Inspection["vocabularies"] };
  readonly diagnostics: readonly Diagnostic[];
}

/** Inspects all data that the files (without errors) declare or read; data that several of them read once. */
export async function lookAtData(
  files: readonly string[],
  set: readonly string[],
  decode?: InspectOptions["decode"],
): Promise<DataLook> {
  const look = { ...beforeTraining, decode };
  const shelf = new DataShelf();
  const looks: (Omit<Inspection, "blocks"> & { readonly blocks: readonly Block[] })[] = [];
  for (const file of files) {
    const { spec } = checkFile(file, set);
    if (spec !== null) looks.push(await lookAtSpec(spec, entryPath(file), { shelf, look }));
  }
  const blocks = once(looks.flatMap((look) => look.blocks));
  const vocabularies = once(looks.flatMap((look) => look.vocabularies));
  const mistakes = distinct(looks.flatMap((look) => look.mistakes));
  return {
    lines: [
      ...blocks.map(blockLine),
      ...vocabularies.map(({ file, tokens }) => ({
        name: null,
        text: `${file}: ${tokens.toLocaleString("en")} tokens`,
        isSound: true,
        notes: [],
      })),
    ],
    found: { blocks, vocabularies },
    diagnostics: diagnosticsOf(mistakes),
  };
}

function blockLine(block: Block): DataLine {
  return { name: block.name, text: blockText(block), isSound: block.isSound, notes: notesText(block) };
}

function diagnosticsOf(mistakes: Inspection["mistakes"]): Diagnostic[] {
  return mistakes.flatMap((mistake) => (mistake.span === null ? [] : [diagnosticOf(mistake, mistake.span)]));
}

/** Prints the line of a block or a vocabulary. */
export function tellData({ text, isSound, notes }: DataLine, { say, colours }: Session): void {
  say(`${isSound ? colours.green("✓") : colours.red("✗")} ${text}`);
  for (const note of notes) say(`  ${colours.yellow("note:")} ${note}`);
}

/** The description of a file's data blocks. */
export interface DataDescription {
  readonly lines: readonly DataLine[];
  readonly blocks: readonly Description[];
  readonly diagnostics: readonly Diagnostic[];
}

/** `only`: the block to describe, null for all; `report`: called with the number of images compared. */
export interface DescribeHow {
  readonly only: DataSpec | null;
  readonly report: (done: number, all: number) => void;
}

/** Inspects and describes all data that a file declares or reads, or one block of it without opening others. */
export async function describeFile(spec: Spec, file: string, { only, report }: DescribeHow): Promise<DataDescription> {
  const shelf = new DataShelf();
  const own = readersIn(spec, entryPath(file), beforeTraining);
  const readers = only === null ? own : alone(only, own);
  const reading = only === null ? own : { ...readers, stages: own.stages.filter(({ data }) => data.includes(only)) };
  const { blocks, mistakes, reads } = await lookAtReaders(spec, readers, { shelf, reading });
  const specs = blocksOf(readers);
  const described = await describeData({ specs, reads, shelf, report });
  // The number of truncated texts is part of the description.
  const lines = blocks.map((block) => blockLine({ ...block, texts: [] }));
  return { lines, blocks: described, diagnostics: diagnosticsOf(mistakes) };
}

/** Readers of one block only. */
function alone(only: DataSpec, { stages, evaluations, look }: Readers): Readers {
  return {
    blocks: [only],
    stages: stages.filter(({ data }) => data.every((each) => each === only)),
    evaluations: evaluations.filter(({ evaluation: { data } }) => data === only),
    models: [],
    look,
  };
}

async function lookAtSpec(
  spec: Spec,
  path: string,
  { shelf, look }: { shelf: DataShelf; look: InspectOptions },
): Promise<Omit<Inspection, "blocks"> & { readonly blocks: Block[] }> {
  const readers = readersIn(spec, path, look);
  return lookAtReaders(spec, readers, { shelf, reading: readers });
}

async function lookAtReaders(
  spec: Spec,
  readers: Readers,
  { shelf, reading }: { shelf: DataShelf; reading: Pick<Readers, "stages" | "evaluations"> },
): Promise<Omit<Inspection, "blocks"> & { readonly blocks: Block[]; readonly reads: readonly Read[] }> {
  const inspection = await inspectData(readers, shelf);
  const reads = await readsOf(reading, { stages: [...spec.stages.values()], data: shelf });
  const texts = await inspectTexts(reads, shelf);
  const blocks = inspection.blocks.map((block) => ({
    ...block,
    notes: [...block.notes, ...notesOf(block.name, inspection)],
    texts: texts.filter(({ data }) => data === block.name),
  }));
  return { ...inspection, blocks, reads };
}

function notesOf(block: string, { doubts }: Inspection): Note[] {
  const said = new Set(doubts.filter(({ data }) => data === block).map(({ says }) => says));
  return [...said].map((says) => ({ says, count: 1, names: [] }));
}

/** The blocks that the file itself declares, and those that its own stages and evaluations read. */
function readersIn(spec: Spec, path: string, look: InspectOptions): Readers {
  const own = <T extends { readonly span: { readonly file: { readonly path: string } } }>(
    all: ReadonlyMap<string, T>,
  ): T[] => [...all.values()].filter(({ span }) => span.file.path === path);
  const stages = own(spec.stages);
  const evaluations = own(spec.evaluations).flatMap((evaluation) => {
    const stage = spec.stages.get(evaluation.stage);
    return stage === undefined ? [] : [{ evaluation, stage }];
  });
  return { stages, evaluations, blocks: own(spec.data), models: stages.map(({ model }) => model), look };
}

function once<T>(reports: readonly T[]): T[] {
  return [...new Map(reports.map((report) => [JSON.stringify(report), report])).values()];
}

const words = {
  images: ["image", "images"],
  labelled_images: ["labelled image", "labelled images"],
  texts: ["text", "texts"],
  pairs: ["pair", "pairs"],
  questions: ["question", "questions"],
  statements: ["statement", "statements"],
  masks: ["image with its mask", "images with their masks"],
} as const satisfies Record<DataKind, readonly [string, string]>;

/** `coco: 566,747 pairs, 113,287 image files (of 1,000 the header was read)`. */
function blockText({ name, kind, items, images, classes, answers, leftOut }: BlockReport): string {
  const [one, many] = words[kind];
  const parts = [counted(items, one, many)];
  if (classes !== null) parts.push(counted(classes, "class", "classes"));
  if (answers !== null) parts.push(counted(answers, "answer", "answers"));
  if (images !== null) {
    parts.push(`${counted(images.files, "image file", "image files")}${readText(images)}`);
  }
  if (leftOut > 0) parts.push(`${counted(leftOut, "record", "records")} left out`);
  return `${name}: ${parts.join(", ")}`;
}

function readText({ files, read, decoded, broken }: NonNullable<BlockReport["images"]>): string {
  if (broken > 0) return ` (${broken.toLocaleString("en")} of them cannot be decoded)`;
  if (decoded) return " (all decoded)";
  return read < files ? ` (of ${read.toLocaleString("en")} the header was read)` : "";
}

function notesText({ notes, texts }: Block): string[] {
  return [...notes.map(noteText), ...texts.filter(({ cut }) => cut > 0).map(cutText)];
}

/** `2 classes have no image: cat, dog`. */
function noteText({ says, count, names }: Note): string {
  if (names.length === 0) return says;
  return `${says}: ${names.join(", ")}${count > names.length ? ", …" : ""}`;
}

/** ``8 of 9 texts are longer than the 16 tokens of `fusion` and are cut; the longest has 63: coco.jsonl:3``. */
function cutText({ readers, length, texts, read, cut, longest }: TextReport): string {
  const all =
    read < texts
      ? `${read.toLocaleString("en")} looked at, of ${counted(texts, "text", "texts")},`
      : counted(texts, "text", "texts");
  const whose = listed(readers);
  const is = cut === 1 ? "is longer" : "are longer";
  const what = cut === 1 ? "is cut" : "are cut";
  return (
    `${cut.toLocaleString("en")} of ${all} ${is} than the ${length} tokens of ${whose} and ${what}; ` +
    `the longest has ${longest.tokens.toLocaleString("en")} with [CLS] and [SEP]: ${longest.item}`
  );
}
