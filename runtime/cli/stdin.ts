// Records from stdin: stored in a file while they are read, since readers of tables read a file more than once.
import { createWriteStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { systemError } from "../errors/system-error.js";
import { VlmoError } from "../errors/vlmo-error.js";
import type { Inputs } from "../predict/questions.js";

/** The name of stdin on the command line. */
const STDIN = "-";

/** Reads the inputs, including stdin, whose paths are relative to the working folder. Throws V923, and what `read` throws. */
export async function withStdin<T>(inputs: Inputs, read: (inputs: Inputs) => Promise<T>): Promise<T> {
  if (inputs.records !== STDIN) return read(inputs);
  const folder = await mkdtemp(join(tmpdir(), "vlmo-stdin-"));
  const records = join(folder, "stdin");
  try {
    await pipeline(process.stdin, createWriteStream(records)).catch((error: unknown) => {
      throw systemError("V923", records, error);
    });
    return await read({ ...inputs, records, from: process.cwd() });
  } catch (error) {
    throw error instanceof VlmoError ? ofStdin(error, records) : error;
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** A mistake in the records as one of stdin: the file in which they are stored is gone when it is reported. */
function ofStdin({ code, message, file, line, span, help, listed, others }: VlmoError, records: string): VlmoError {
  const named = (text: string): string => text.replaceAll(records, "stdin");
  const about = { file: file === undefined ? undefined : named(file), line, span, help: named(help), listed };
  return new VlmoError(
    code,
    named(message),
    about,
    others.map((other) => ofStdin(other, records)),
  );
}
