// Updates a file of vectors: vectors in the file and in the blocks of a stopped run are reused, the rest is computed block by
// block, and all are joined at the end. Vectors of another model are never reused.
import { readdir, rm, rmdir } from "node:fs/promises";
import path from "node:path";
import { counted } from "../../grammar/index.js";
import { isFile, isFolder } from "../formats/regular-file.js";
import { makeFolder } from "../formats/make-folder.js";
import { vlmoError } from "../errors/vlmo-error.js";
import { lockRun } from "../train/lock.js";
import { differenceOf, type About } from "./about.js";
import { embed, type Embedding } from "./embed.js";
import { keyOf, type Entry } from "./entry.js";
import { openVectors, writeVectors, type VectorsFile } from "./vectors-file.js";
import { writerOf } from "./write.js";

/** The wanted contents of a file. */
export interface Keeping extends Embedding {
  readonly file: string;
  readonly about: About;
  readonly entries: readonly Entry[];
  /** What happens to an existing file with vectors of another model or feature. */
  readonly unlike: "refuse" | "replace";
  /** How often work is saved: the most that a killed run loses. */
  readonly block?: Block;
  /** Called with the number of missing vectors computed so far. */
  readonly progress?: (done: number, all: number) => void;
}

/** A block is written after this many vectors or this many seconds, whichever comes first. */
export interface Block {
  readonly rows: number;
  readonly seconds: number;
}

/** The vectors computed in this run. */
interface Made {
  /** The number of vectors. */
  readonly made: number;
  /** The number of these whose text was truncated. */
  readonly cut: number;
}

/** The outcome of an update. */
export interface Kept extends Made {
  /** Rows of the file. */
  readonly rows: number;
  /** Rows removed since their entries are no longer requested. */
  readonly dropped: number;
  /** Description of the vectors that were replaced; null where there were none. */
  readonly replaced: string | null;
}

/** The outcome for a file that was up to date. */
export const nothingDone = { made: 0, cut: 0, dropped: 0, replaced: null } as const;

/** A row of a file. */
interface VectorRow {
  readonly file: VectorsFile;
  readonly row: number;
}

/** Rows by the key of their entry. */
type Known = Map<string, VectorRow>;

/** Updates a file. Throws V923, V949 where it holds other vectors, V909 where nothing can be read. */
export async function keepVectors(keeping: Keeping): Promise<Kept> {
  const { file, about, entries } = keeping;
  const parts = `${file}.parts`;
  const known: Known = new Map();
  const { before, replaced } = await beforeIn(keeping);
  const blocks = await blocksIn(parts, keeping);
  if (before !== null && blocks.length === 0 && holds(before, entries)) return { ...nothingDone, rows: before.count };
  for (const each of [...(before === null ? [] : [before]), ...blocks]) learn(known, each);
  const missing = new Map(entries.map((entry) => [keyOf(entry), entry]));
  for (const key of known.keys()) missing.delete(key);
  const dropped = before === null ? 0 : droppedFrom(before, entries);
  if (before !== null && keeping.unlike === "refuse" && dropped === before.count)
    throw vlmoError("V949", {
      file,
      differs: `of ${counted(dropped, "image or text", "images or texts")}, none of which is named`,
    });
  const { made, cut } = await makeMissing(keeping, { parts, known, missing: [...missing.values()] });
  const kept = entries.filter((entry) => known.has(keyOf(entry)));
  if (kept.length === 0)
    throw vlmoError(
      "V909",
      { reason: "none of the images can be read" },
      { help: "see above for what each of them is, and name others" },
    );
  if (before === null || !holds(before, kept)) {
    const write = writerOf(file) ?? writeVectors;
    await makeFolder(path.dirname(path.resolve(file)));
    await write(file, { about, entries: kept, chunks: chunksOf(kept, known) });
  }
  await rm(parts, { recursive: true, force: true });
  return { rows: kept.length, made, cut, dropped, replaced };
}

/** The rows no longer requested; an image whose contents changed is still requested. */
function droppedFrom(before: VectorsFile, entries: readonly Entry[]): number {
  const of = ({ image, text }: Entry): string => JSON.stringify([image?.path, text]);
  const asked = new Set(entries.map(of));
  let dropped = 0;
  for (let row = 0; row < before.count; row++) if (!asked.has(of(before.entry(row)))) dropped++;
  return dropped;
}

/** The existing file; null where there is none that can be extended. */
async function beforeIn({
  file,
  about,
  unlike,
}: Keeping): Promise<{ readonly before: VectorsFile | null; readonly replaced: string | null }> {
  if (!(await isFile(file))) return { before: null, replaced: null };
  if (writerOf(file) !== writeVectors)
    throw vlmoError("V967", { file, reason: "it is there already" }, { help: "name another file, or remove this one" });
  const found = await openVectors(file);
  const differs = differenceOf(found.about, about);
  if (differs !== null && unlike === "refuse") throw vlmoError("V949", { file, differs });
  return { before: differs === null ? found : null, replaced: differs };
}

/** Blocks of a run that was stopped. */
async function blocksIn(parts: string, { about, unlike }: Keeping): Promise<VectorsFile[]> {
  if (!(await isFolder(parts))) return [];
  const names = (await readdir(parts)).filter((name) => name.endsWith(".safetensors") && !name.startsWith("."));
  const blocks = await Promise.all(names.sort().map((name) => openVectors(path.join(parts, name))));
  const other = blocks.map((block) => differenceOf(block.about, about)).find((differs) => differs !== null);
  if (other === undefined) return blocks;
  const help = "name another file, or remove this folder, which a run left that was stopped";
  if (unlike === "refuse") throw vlmoError("V949", { file: parts, differs: other ?? "" }, { help });
  return blocks.filter((block) => differenceOf(block.about, about) === null);
}

function learn(known: Known, file: VectorsFile): void {
  for (let row = 0; row < file.count; row++) known.set(keyOf(file.entry(row)), { file, row });
}

interface Missing {
  readonly parts: string;
  readonly known: Known;
  readonly missing: readonly Entry[];
}

const usual: Block = { rows: 4096, seconds: 20 };

async function makeMissing(keeping: Keeping, missing: Missing): Promise<Made> {
  if (missing.missing.length === 0) return { made: 0, cut: 0 };
  const { parts } = missing;
  // An unwritable place must fail before anything is computed.
  await makeFolder(parts);
  const lock = await lockRun(parts, "embeds");
  try {
    return await makeBlocks(keeping, missing);
  } finally {
    lock.release();
    await rmdir(parts).catch(() => "it holds what was made");
  }
}

async function makeBlocks(
  { about, progress, block: most = usual, ...embedding }: Keeping,
  { parts, known, missing }: Missing,
): Promise<Made> {
  let block: { readonly entries: Entry[]; readonly vectors: Float32Array[]; readonly since: number } = newBlock();
  const flush = async (): Promise<void> => {
    const { entries, vectors } = block;
    if (entries.length === 0) return;
    const file = path.join(parts, `${crypto.randomUUID().slice(0, 8)}.safetensors`);
    await writeVectors(file, { about, entries, chunks: vectors });
    learn(known, await openVectors(file));
    block = newBlock();
  };
  let [made, cut] = [0, 0];
  await embed(embedding, missing, async (batch) => {
    block.entries.push(...batch.entries);
    block.vectors.push(batch.vectors);
    made += batch.entries.length;
    cut += batch.cut;
    progress?.(made, missing.length);
    const seconds = performance.now() / 1000 - block.since;
    if (block.entries.length >= most.rows || seconds >= most.seconds) await flush();
  });
  await flush();
  progress?.(missing.length, missing.length);
  return { made, cut };
}

function newBlock() {
  return { entries: [], vectors: [], since: performance.now() / 1000 };
}

/** Whether a file holds exactly these entries, in this order and under these names. */
function holds(file: VectorsFile, entries: readonly Entry[]): boolean {
  if (file.count !== entries.length) return false;
  return entries.every((entry, row) => {
    const found = file.entry(row);
    return found.name === entry.name && keyOf(found) === keyOf(entry);
  });
}

/** Rows read and written at a time. */
const CHUNK = 4096;

/** The vectors of entries in their order; adjacent rows are read together. */
async function* chunksOf(entries: readonly Entry[], known: Known): AsyncGenerator<Float32Array, void> {
  const places = entries.map((entry) => known.get(keyOf(entry)));
  for (let first = 0; first < places.length;) {
    const from = places[first];
    if (from === undefined) throw new Error("internal: an entry without its vector");
    let count = 1;
    const follows = (place: VectorRow | undefined): boolean =>
      place?.file === from.file && place.row === from.row + count && count < CHUNK;
    while (follows(places[first + count])) count++;
    yield await from.file.read(from.row, count);
    first += count;
  }
}
