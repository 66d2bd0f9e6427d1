// Files of vectors, written by `vlmo embed` and read by `vlmo search`: a safetensors file with a matrix `vectors` [N, D] and
// `rows`, a line of JSON for each row. Read in blocks, so that memory holds names but never all vectors.
import path from "node:path";
import { z } from "zod";
import { writeAtomically } from "../formats/atomic.js";
import { bytesOf, openFile, readBytes, readExactly, type OpenFile } from "../formats/bytes.js";
import { assertLittleEndian } from "../formats/elements.js";
import { headerBytes, readHeader, type Header, type TensorEntry } from "../formats/safetensors-header.js";
import { VlmoError, vlmoError } from "../errors/vlmo-error.js";
import { metadataOf, aboutIn, type About } from "./about.js";
import type { Entry } from "./entry.js";

/** A file of vectors whose rows are known; it is reopened for every read. */
export interface VectorsFile {
  readonly path: string;
  readonly about: About;
  readonly count: number;
  /** The entry of a row. Throws V948. */
  entry(row: number): Entry;
  /** Consecutive rows. Throws V920, and V948 where the file has changed since it was opened. */
  read(from: number, count: number): Promise<Float32Array>;
}

/** The contents to write: entries, and their vectors in the same order. */
export interface VectorsToWrite {
  readonly about: About;
  readonly entries: readonly Entry[];
  /** Some rows at a time. */
  readonly chunks: AsyncIterable<Float32Array> | Iterable<Float32Array>;
}

/** Opens a file of vectors. Throws V920, V921, V948. */
export async function openVectors(file: string): Promise<VectorsFile> {
  assertLittleEndian();
  return reading(file, vectorsIn).catch((error: unknown) => {
    throw error instanceof VlmoError && error.code === "V924"
      ? vlmoError("V948", { file, reason: "it is no safetensors file" }, { cause: error })
      : error;
  });
}

async function reading<T>(file: string, read: (open: OpenFile) => Promise<T>): Promise<T> {
  const open = await openFile(file);
  try {
    return await read(open);
  } finally {
    await open.handle.close();
  }
}

async function vectorsIn(file: OpenFile): Promise<VectorsFile> {
  const header = await readHeader(file);
  const about = aboutIn(header.metadata);
  if (about === null) throw unusable(file, "its metadata are not those of vectors that `vlmo embed` has written");
  const { vectors, rows } = tensorsIn(file, header, about);
  const [count = 0] = vectors.shape;
  const text = Buffer.from(await readBytes(file, rows.begin, rows.end - rows.begin));
  const ends = endsOf(text);
  if (ends.length !== count) throw unusable(file, `it has ${count} vectors, and names ${ends.length}`);
  const folder = path.dirname(path.resolve(file.path));
  const line = (row: number): string => text.toString("utf8", row === 0 ? 0 : (ends[row - 1] ?? 0) + 1, ends[row]);
  return {
    path: file.path,
    about,
    count,
    entry: (row) => {
      const entry = entryIn(line(row), folder);
      if (entry === null) throw unusable(file, `its row ${row} does not say what it is of`);
      return entry;
    },
    read: (from, rowsRead) =>
      reading(file.path, async (again) => {
        if (again.size !== file.size) throw unusable(file, "it was rewritten while it was being read");
        const into = new Float32Array(rowsRead * about.width);
        await readExactly(again, bytesOf(into), vectors.begin + 4 * from * about.width);
        return into;
      }),
  };
}

function unusable({ path: file }: OpenFile, reason: string): VlmoError {
  return vlmoError("V948", { file, reason });
}

function tensorsIn(file: OpenFile, { entries }: Header, { width }: About): Record<"vectors" | "rows", TensorEntry> {
  const [vectors, rows] = [entries.get("vectors"), entries.get("rows")];
  if (vectors?.element !== "F32" || vectors.shape.length !== 2 || vectors.shape[1] !== width)
    throw unusable(file, `it has no matrix \`vectors\` of ${width} columns`);
  if (rows?.element !== "U8") throw unusable(file, "it has no `rows`, which name its vectors");
  return { vectors, rows };
}

/** The offset at which each line ends. */
function endsOf(text: Buffer): Float64Array {
  const ends: number[] = [];
  for (let at = text.indexOf(0x0a); at >= 0; at = text.indexOf(0x0a, at + 1)) ends.push(at);
  return Float64Array.from(ends);
}

const rowSchema = z.object({
  name: z.string(),
  image: z.string().optional(),
  bytes: z.number().optional(),
  modified: z.number().optional(),
  text: z.string().optional(),
});

/** A row of a file in `folder`. */
function entryIn(line: string, folder: string): Entry | null {
  const row = rowSchema.safeParse(jsonOr(line));
  if (!row.success) return null;
  const { name, image, bytes = 0, modified = 0, text } = row.data;
  return {
    name,
    ...(image !== undefined && { image: { path: path.resolve(folder, image), bytes, modified } }),
    ...(text !== undefined && { text }),
  };
}

function jsonOr(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** An entry as a row of a file in `folder`, with the image path relative to it, so that both can be moved together. */
export function rowOf({ name, image, text }: Entry, folder: string): Record<string, string | number> {
  return {
    name,
    ...(image !== undefined && {
      image: path.relative(path.resolve(folder), image.path).split(path.sep).join("/"),
      bytes: image.bytes,
      modified: image.modified,
    }),
    ...(text !== undefined && { text }),
  };
}

/** Writes a file of vectors atomically. Throws V923. */
export async function writeVectors(file: string, { about, entries, chunks }: VectorsToWrite): Promise<void> {
  assertLittleEndian();
  const line = (entry: Entry): string => `${JSON.stringify(rowOf(entry, path.dirname(file)))}\n`;
  const [count, bytes] = [entries.length, entries.reduce((sum, entry) => sum + Buffer.byteLength(line(entry)), 0)];
  const end = 4 * count * about.width;
  const header = headerBytes(
    [
      { name: "vectors", element: "F32", shape: [count, about.width], begin: 0, end },
      { name: "rows", element: "U8", shape: [bytes], begin: end, end: end + bytes },
    ],
    metadataOf(about),
  );
  await writeAtomically(file, async (handle) => {
    await handle.writeFile(header);
    for await (const chunk of chunks) await handle.writeFile(bytesOf(chunk));
    for (let from = 0; from < count; from += LINES)
      await handle.writeFile(
        entries
          .slice(from, from + LINES)
          .map(line)
          .join(""),
      );
  });
}

/** Lines written at a time. */
const LINES = 4096;
