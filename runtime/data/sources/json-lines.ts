// Records in a file with one JSON object per line.
import { vlmoError, type Location } from "../../errors/vlmo-error.js";
import { readJson, shown } from "./json-text.js";
import { isObject, type Json } from "./json-file.js";
import type { ReadAs } from "./file-kinds.js";
import { expectFormat } from "./recognise.js";
import { attempted } from "./record-set.js";
import { valuesOf, type Reading, type Row, type Table } from "./rows.js";
import { readLines } from "./text-file.js";

/** The records of a file. */
export function jsonLines(file: string): Table {
  return {
    file,
    read: async (reading) => {
      const rowOf = (value: Json, line: number): Row => ({ file, line, ...valuesOf(value, reading.fields) });
      return { rows: await readObjects(file, reading, rowOf, "jsonl") };
    },
    expect: () => expectFormat(file, "jsonl"),
  };
}

/** Converts the objects of a file; mistakes in lines go to `problems`. Throws V910, V982. */
export async function readObjects<T>(
  file: string,
  { problems, hash, fields }: Reading,
  make: (value: Json, line: number) => T,
  readAs: ReadAs,
): Promise<T[]> {
  const all: T[] = [];
  let isFirst = true;
  await readLines(file, {
    hash,
    line: ({ text, number }) => {
      if (text.trim() === "") return;
      const made = attempted(problems, () => make(objectIn(text, { file, line: number }, fields), number));
      if (made !== undefined) all.push(made);
      // If not even the first line is a record, the file may be something else.
      else if (isFirst) expectFormat(file, readAs);
      isFirst = false;
    },
    broken: (mistake) => problems.push(mistake),
  });
  return all;
}

function objectIn(text: string, place: Location, fields: readonly string[]): Json {
  const { value, problem } = readJson(text, fields);
  const what = "a JSON object";
  if (problem !== undefined) throw vlmoError("V911", { what, reason: problem }, place);
  if (isObject(value)) return value;
  throw vlmoError("V911", { what, reason: `it holds ${Array.isArray(value) ? "a list" : shown(value)}` }, place);
}
