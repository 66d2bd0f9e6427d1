// The names of classes that records use: a data block of records lists them, so that both parts number them alike.
import { createHash } from "node:crypto";
import path from "node:path";
import { stringText } from "../../grammar/index.js";
import { csvTable } from "../data/sources/csv.js";
import { jsonLines } from "../data/sources/json-lines.js";
import type { Chosen } from "./choose.js";
import type { Source } from "./source.js";

/** More names are no classes. */
const MOST = 1000;

/** The same, with the classes of both parts named where labels are names. */
export async function withClassNames(chosen: Chosen, folder: string): Promise<Chosen> {
  const { learnt, unseen } = chosen;
  if (learnt.kind !== "labelled_images" || learnt.label === undefined) return chosen;
  const sources = "learnt" in unseen ? [learnt] : [learnt, unseen];
  const labels = await Promise.all(sources.map((source) => labelsOf(source, folder)));
  const names = [...new Set(labels.flat())].sort();
  if (names.every((name) => /^\d+$/.test(name)) || names.length > MOST) return chosen;
  const named = (source: Source): Source => ({
    ...source,
    settings: { ...source.settings, classes: `[${names.map(stringText).join(", ")}]` },
  });
  return { ...chosen, learnt: named(learnt), unseen: "learnt" in unseen ? unseen : named(unseen) };
}

/** The labels of the records. Throws V910, V982. */
async function labelsOf({ format, at, label = "" }: Source, folder: string): Promise<string[]> {
  const file = path.join(folder, at);
  const table = format === "csv" ? csvTable(file, { quotes: true }) : jsonLines(file);
  const { rows } = await table.read({ fields: [label], problems: [], hash: createHash("sha256") });
  return rows.flatMap(({ values: { [label]: value } }) =>
    value === undefined || value === null ? [] : [String(value)],
  );
}
