// The class names in records: a data block of records lists them, so that both blocks number them alike.
import { createHash } from "node:crypto";
import path from "node:path";
import type { DataFormat } from "../../compiler/index.js";
import { stringText } from "../../grammar/index.js";
import { tableAt } from "../data/sources/any-table.js";
import { arrowTable } from "../data/sources/arrow.js";
import { jsonLines } from "../data/sources/json-lines.js";
import { parquetTable } from "../data/sources/parquet.js";
import type { Table } from "../data/sources/rows.js";
import { filesOfPatterns } from "../data/sources/shards.js";
import { webdatasetTable } from "../data/sources/webdataset.js";
import { vlmoError } from "../errors/vlmo-error.js";
import type { Chosen } from "./choose.js";
import type { Source } from "./source.js";

/** More distinct names are not taken for classes. */
const MOST = 1000;

/** The same, with the classes of both blocks listed where labels are names. Throws V952 for too many. */
export async function withClassNames(chosen: Chosen, folder: string): Promise<Chosen> {
  const { learnt, unseen } = chosen;
  if (learnt.kind !== "labelled_images" || learnt.label === undefined) return chosen;
  const sources = "learnt" in unseen ? [learnt] : [learnt, unseen];
  const labels = await Promise.all(sources.map((source) => labelsOf(source, folder)));
  const names = [...new Set(labels.flat())].sort();
  if (names.length === 0) return chosen;
  if (names.length > MOST) {
    const reason = `\`${learnt.label}\` of \`${learnt.at}\` has ${names.length.toLocaleString("en")} names, more than the ${MOST.toLocaleString("en")} that can be written as classes`;
    const help = "write a number for each name into the records, or name the data with --kind images";
    throw vlmoError("V952", { folder, reason }, { help });
  }
  const named = (source: Source): Source => ({
    ...source,
    settings: { ...source.settings, classes: `[${names.map(stringText).join(", ")}]` },
  });
  return { ...chosen, learnt: named(learnt), unseen: "learnt" in unseen ? unseen : named(unseen) };
}

/** Readers of the formats whose labels may be names. */
const tables: Partial<Readonly<Record<DataFormat, (files: readonly string[]) => Table>>> = {
  jsonl: ([file = ""]) => jsonLines(file),
  csv: ([file = ""]) => tableAt(file),
  parquet: (files) => parquetTable(files, 1),
  arrow: (files) => arrowTable(files, 1),
  webdataset: (shards) => webdatasetTable(shards, 1),
};

/** The labels that are names or truth values; other values are reported when the data are read. Throws V910, V982. */
async function labelsOf({ format, at, label = "" }: Source, folder: string): Promise<string[]> {
  const table = tables[format]?.(filesOfPatterns([path.join(folder, at)]));
  if (table === undefined) return [];
  const { rows } = await table.read({ fields: [label], problems: [], hash: createHash("sha256") });
  const labels = rows.flatMap(({ values: { [label]: value } }) =>
    typeof value === "string" || typeof value === "boolean" ? [String(value)] : [],
  );
  // A CSV table contains only texts: digits there are numbers.
  return table.isUntyped === true && labels.every((name) => /^\d+$/.test(name)) ? [] : labels;
}
