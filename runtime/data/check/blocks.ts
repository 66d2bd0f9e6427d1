// Checks one data block against the disk: its records, their number, its images.
import type { DataSpec } from "../../../compiler/index.js";
import { availableParallelism } from "node:os";
import path from "node:path";
import {
  createImageLoader,
  decodeAll,
  filesOf,
  sampled,
  unreadable,
  type DataKind,
  type DataSet,
  type Decoded,
  type NamedFile,
  type Note,
} from "../index.js";
import { alike, reportedOnce } from "./alike.js";
import type { DataShelf } from "../stage-data.js";
import { mistakesIn, orNull, placedAt, vlmoError, type VlmoError } from "../../errors/vlmo-error.js";

/** The content of a block. */
export interface BlockReport {
  readonly name: string;
  readonly kind: DataKind;
  readonly items: number;
  /** The number of image and mask files, and of those that were decoded or whose headers were read; null if there are none. */
  readonly images: {
    readonly files: number;
    readonly read: number;
    readonly decoded: boolean;
    /** Those of them that are not readable images. */
    readonly broken: number;
  } | null;
  readonly classes: number | null;
  readonly answers: number | null;
  /** Records left out under `on_error: skip`. */
  readonly leftOut: number;
  /** Whether it has no mistakes. */
  readonly isSound: boolean;
  /** What is not used without being a mistake: files that are not images, classes without an image. */
  readonly notes: readonly Note[];
}

type Found =
  | { readonly mistakes: readonly VlmoError[]; readonly dataSet: null }
  | {
      readonly mistakes: readonly VlmoError[];
      readonly dataSet: DataSet;
      readonly report: BlockReport;
      readonly highest: Decoded["highest"];
    };

/** The most mistakes shown of one block; similar mistakes of several records count as one. */
const SHOWN = 20;

/** How thoroughly images are examined. */
export interface InspectOptions {
  /** The most images of a block whose headers are read. */
  readonly headers: number;
  /** Decodes every image completely; `done` reports progress. */
  readonly decode?:
    ((what: { readonly block: string; readonly done: number; readonly all: number }) => void) | undefined;
}

/** Opens a block, counts its items, and examines its images; if records have mistakes, those of the others. */
export async function inspectBlock(spec: DataSpec, shelf: DataShelf, options: InspectOptions): Promise<Found> {
  let dataSet: DataSet;
  try {
    dataSet = await shelf.block(spec);
  } catch (error) {
    return { mistakes: bounded(spec, [...mistakesIn(error), ...(await besides(spec, shelf, options))]), dataSet: null };
  }
  const { kind, length: items, classes, answers, skipped = [], notes = [] } = dataSet;
  const { highest, broken, ...looked } = await lookAtImages(spec, dataSet, options);
  const skips = spec.onError === "skip";
  const left = skips ? [...skipped, ...broken] : skipped;
  const report = {
    name: spec.name,
    kind,
    items,
    images: looked.files === 0 ? null : { ...looked, broken: broken.length },
    classes: classes?.length ?? null,
    // A split whose answers are not published has no list.
    answers: answers === undefined || answers.length === 0 ? null : answers.length,
    leftOut: left.length,
    notes: [...notes, ...leftOut(left)],
  };
  const mistakes = [...miscounted(spec, dataSet), ...bounded(spec, skips ? [] : broken)];
  return { mistakes, dataSet, report: { ...report, isSound: mistakes.length === 0 }, highest };
}

/** Images that cannot be read, of the records without a mistake in a block that has some. */
async function besides(spec: DataSpec, shelf: DataShelf, options: InspectOptions): Promise<readonly VlmoError[]> {
  // With `on_error: skip` a second reading fails as the first did.
  if (spec.onError === "skip" || (options.headers === 0 && options.decode === undefined)) return [];
  const others = await orNull(shelf.block(skipping(spec)));
  return others === null ? [] : (await lookAtImages(spec, others, options)).broken;
}

function skipping(spec: DataSpec): DataSpec {
  // Boundary: every format that reads files has the key `on_error`, and its other settings stay.
  return { ...spec, onError: "skip", settings: { ...spec.settings, on_error: "skip" } } as DataSpec;
}

interface Looked extends Decoded {
  readonly files: number;
  readonly read: number;
  readonly decoded: boolean;
}

async function lookAtImages(spec: DataSpec, dataSet: DataSet, { headers, decode }: InspectOptions): Promise<Looked> {
  const files = headers === 0 ? [] : filesOf(dataSet);
  const sample = decode === undefined ? sampled(files, headers) : files;
  const found =
    decode === undefined
      ? { broken: await unreadable(sample), highest: new Map<string, number>() }
      : await decoded(spec, sample, decode);
  return { ...found, files: files.length, read: sample.length, decoded: decode !== undefined };
}

async function decoded(
  { name }: DataSpec,
  files: readonly NamedFile[],
  report: NonNullable<InspectOptions["decode"]>,
): Promise<Decoded> {
  let done = 0;
  return decodeAll(files, createImageLoader(0, availableParallelism()), () => {
    done += 1;
    report({ block: name, done, all: files.length });
  });
}

/** `items` may mean the usable records or all of them. */
function miscounted({ name, items, span }: DataSpec, { length, skipped = [] }: DataSet): VlmoError[] {
  if (items === null || items === length || items === length + skipped.length) return [];
  const holes = { data: name, declared: items.toLocaleString("en"), found: length.toLocaleString("en") };
  const help = `write \`items: ${length.toLocaleString("en").replaceAll(",", "_")}\`, or name the data that are meant`;
  return [vlmoError("V953", holes, { span, help })];
}

/** The most left-out records that are named. */
const NAMED = 3;

/** Notes on which records were left out, and why. */
function leftOut(mistakes: readonly VlmoError[]): Note[] {
  if (mistakes.length === 0) return [];
  const groups = alike(mistakes);
  const reported = groups.slice(0, NAMED).map(reportedOnce);
  const names = reported.map((mistake) => `${placeText(mistake)}${mistake.code} ${mistake.message}`);
  return [{ says: "left out", count: groups.length, names }];
}

function placeText({ file, line }: VlmoError): string {
  if (file === undefined) return "";
  return `${path.basename(file)}${line === undefined ? "" : `:${line}`}: `;
}

function bounded({ name, span }: DataSpec, mistakes: readonly VlmoError[]): VlmoError[] {
  const groups = alike(mistakes);
  const reported = groups.slice(0, SHOWN).map(reportedOnce);
  const shown = reported.map((mistake) => (mistake.span === null ? placedAt(mistake, span) : mistake));
  const others = groups.slice(SHOWN).reduce((sum, group) => sum + group.length, 0);
  if (others === 0) return shown;
  return [...shown, vlmoError("V958", { data: name, count: others.toLocaleString("en") }, { span })];
}
