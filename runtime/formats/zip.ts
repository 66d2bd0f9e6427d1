// The directory of a zip archive: the position of each record in the file. Unpacks nothing.
import yauzl, { type Entry, type ZipFile } from "yauzl";
import { quoted } from "../printable.js";
import { VlmoError, vlmoError } from "../errors/vlmo-error.js";
import { readBytes, readExactly, type OpenFile } from "./bytes.js";
import { quietly } from "../quietly.js";

/** The position of a record, in bytes of the file. */
export interface ZipRecord {
  readonly begin: number;
  readonly size: number;
  /** Set if the bytes are not those of the content. */
  readonly packed?: "compressed" | "encrypted";
}

/** The most records of an archive; real files have far fewer. */
const recordLimit = 200_000;

/** Every record by name. Throws V920, V921 (damaged). */
export async function readDirectory(file: OpenFile): Promise<Map<string, ZipRecord>> {
  const reader = new GuardedReader(file);
  try {
    return await Promise.race([recordsOf(file, reader), reader.failed]);
  } catch (error) {
    if (error instanceof VlmoError || !(error instanceof Error)) throw error;
    // yauzl reports every defect of an archive as an Error in its own words.
    throw damaged(file, await reasonFor(file), error);
  }
}

/** The signature of the end of central directory, and the longest distance from it to the end of the file. */
const [endMark, endBytes] = ["PK\x05\x06", 22 + 65_535];

async function reasonFor(file: OpenFile): Promise<string> {
  const begin = Math.max(0, file.size - endBytes);
  const end = Buffer.from(await readBytes(file, begin, file.size - begin));
  if (!end.includes(endMark, 0, "latin1")) return "it is cut off: its zip archive has no directory at the end";
  return "its zip archive is broken: the directory at its end is not that of its records";
}

async function recordsOf(file: OpenFile, reader: GuardedReader): Promise<Map<string, ZipRecord>> {
  const zip = await yauzl.fromRandomAccessReaderPromise(reader, file.size, { strictFileNames: true, autoClose: false });
  const records = new Map<string, ZipRecord>();
  let total = 0;
  for await (const entry of zip.eachEntry()) {
    const record = await locate(file, zip, entry);
    if (records.has(entry.fileName)) throw damaged(file, `it holds ${quoted(entry.fileName)} twice`);
    records.set(entry.fileName, record);
    total += record.size;
    // Overlapping entries could claim far more bytes than the file has (a zip bomb).
    if (total > file.size) throw damaged(file, "its records are larger than the file");
    if (records.size > recordLimit) throw damaged(file, `it holds more than ${recordLimit} records`);
  }
  return records;
}

async function locate(file: OpenFile, zip: ZipFile, entry: Entry): Promise<ZipRecord> {
  const { fileName, compressedSize: size, relativeOffsetOfLocalHeader: at } = entry;
  const packed = entry.isEncrypted() ? "encrypted" : entry.compressionMethod === 0 ? undefined : "compressed";
  const outside = () => damaged(file, `its record ${quoted(fileName)} does not lie within the file`);
  if (at + size > file.size || (packed === undefined && size !== entry.uncompressedSize)) throw outside();
  const { fileDataStart: begin } = await zip.readLocalFileHeaderPromise(entry, { minimal: true });
  if (begin + size > file.size) throw outside();
  return { begin, size, ...(packed !== undefined && { packed }) };
}

/**
 * Reads for yauzl. An exception in one of yauzl's callbacks would be uncaught and end the process, so `failed` rejects with it
 * instead. Reading past the end of the file reports an error to yauzl.
 */
class GuardedReader extends yauzl.RandomAccessReader {
  readonly failed: Promise<never>;
  #fail: (error: unknown) => void = () => undefined;

  constructor(readonly file: OpenFile) {
    super();
    // Not an unhandled rejection if nobody awaits it.
    this.failed = quietly(new Promise<never>((_, reject) => (this.#fail = reject)));
  }

  override read(...[into, offset, length, at, done]: Parameters<yauzl.RandomAccessReader["read"]>): void {
    void this.#fill(into.subarray(offset, offset + length), at)
      .then(done)
      .catch(this.#fail);
  }

  async #fill(into: Buffer, at: number): Promise<Error | null> {
    if (!(at + into.length <= this.file.size)) return damaged(this.file, `it refers to byte ${at}, after its end`);
    return readExactly(this.file, into, at).then(
      () => null,
      (error: Error) => error,
    );
  }
}

function damaged(file: OpenFile, reason: string, cause?: unknown): VlmoError {
  return vlmoError("V921", { file: file.path, reason }, { cause });
}
