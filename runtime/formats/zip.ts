// The directory of a zip archive whose records are stored as they are: where each lies in the file. Unpacks nothing.
import yauzl, { type Entry, type ZipFile } from "yauzl";
import { excerpt, quoted } from "../printable.js";
import { VlmoError, vlmoError } from "../errors/vlmo-error.js";
import { readExactly, type OpenFile } from "./bytes.js";

/** Where a record of the archive lies, in bytes of the file. */
export interface ZipRecord {
  readonly begin: number;
  readonly size: number;
}

/** Most records of an archive; real files stay far below. */
const recordLimit = 200_000;

/** Every record by its name. Throws V920, V921 (damaged), V924 (a record is compressed or encrypted). */
export async function readDirectory(file: OpenFile): Promise<Map<string, ZipRecord>> {
  const reader = new GuardedReader(file);
  try {
    return await Promise.race([recordsOf(file, reader), reader.failed]);
  } catch (error) {
    if (error instanceof VlmoError || !(error instanceof Error)) throw error;
    // yauzl reports everything odd about an archive as an Error of its own.
    throw damaged(file, `its zip archive is broken: ${excerpt(error.message, 200)}`, error);
  }
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
    // Entries that overlap could otherwise stand for far more bytes than the file has.
    if (total > file.size) throw damaged(file, "its records are larger than the file");
    if (records.size > recordLimit) throw damaged(file, `it holds more than ${recordLimit} records`);
  }
  return records;
}

async function locate(file: OpenFile, zip: ZipFile, entry: Entry): Promise<ZipRecord> {
  const bad = (reason: string) =>
    vlmoError("V924", { file: file.path, reason: `its record ${quoted(entry.fileName)} is ${reason}` });
  if (entry.isEncrypted()) throw bad("encrypted");
  if (entry.compressionMethod !== 0) throw bad("compressed, which torch.save never does");
  const { fileDataStart: begin } = await zip.readLocalFileHeaderPromise(entry, { minimal: true });
  if (entry.compressedSize !== entry.uncompressedSize || begin + entry.compressedSize > file.size)
    throw damaged(file, `its record ${quoted(entry.fileName)} does not lie within the file`);
  return { begin, size: entry.compressedSize };
}

/**
 * Reads for yauzl. What yauzl throws while it is called back would end the process, since no caller stands below it:
 * `failed` is rejected with that instead. Asked for a place that no file has, it answers with an error.
 */
class GuardedReader extends yauzl.RandomAccessReader {
  readonly failed: Promise<never>;
  #fail: (error: unknown) => void = () => undefined;

  constructor(readonly file: OpenFile) {
    super();
    this.failed = new Promise<never>((_, reject) => (this.#fail = reject));
    // Whoever does not wait for it is no longer interested.
    this.failed.catch(() => undefined);
  }

  override read(...[into, offset, length, at, done]: Parameters<yauzl.RandomAccessReader["read"]>): void {
    void this.#fill(into.subarray(offset, offset + length), at)
      .then(done)
      .catch(this.#fail);
  }

  async #fill(into: Buffer, at: number): Promise<Error | null> {
    if (!(at + into.length <= this.file.size)) return new Error(`it refers to byte ${at}, behind its end`);
    return readExactly(this.file, into, at).then(
      () => null,
      (error: Error) => error,
    );
  }
}

function damaged(file: OpenFile, reason: string, cause?: unknown): VlmoError {
  return vlmoError("V921", { file: file.path, reason }, { cause });
}
