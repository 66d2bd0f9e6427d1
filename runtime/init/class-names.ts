// The names of classes that records use: a data block of records lists them, so that both parts number them alike.
import { createHash } from "node:crypto";
import path from "node:path";
import { stringText } from "../../grammar/index.js";
import { tableAt } from "../data/sources/any-table.js";
import { jsonLines } from "../data/sources/json-lines.js";
import { vlmoError } from "../errors/vlmo-error.js";
import type { Chosen } from "./choose.js";
import type { Source } from "./source.js";

/** More names are no classes. */
const MOST = 1000;

/** The same, with the classes of both parts named where labels are names. Throws V952 for too many. */
export async function withClassNames(chosen: Chosen, folder: string): Promise<Chosen> {
  const { learnt, unseen } = chosen;
  if (learnt.kind !== "labelled_images" || learnt.label === undefined) return chosen;
  const sources = "learnt" in unseen ? [learnt] : [learnt, unseen];
  const labels = await Promise.all(sources.map((source) => labelsOf(source, folder)));
  const names = [...new Set(labels.flat())].sort();
  // A table has nothing but texts: there, digits are numbers.
  if (names.length === 0 || (learnt.format === "csv" && names.every((name) => /^\d+$/.test(name)))) return chosen;
  if (names.length > MOST) {
    const reason = `\`${learnt.label}\` of \`${learnt.at}\` has ${names.length.toLocaleString("en")} names, more than the ${MOST.toLocaleString("en")} that are written as classes`;
    const help = "write a number for each name into the records, or name the data with --kind images";
    throw vlmoError("V952", { folder, reason }, { help });
  }
  const named = (source: Source): Source => ({
    ...source,
    settings: { ...source.settings, classes: `[${names.map(stringText).join(", ")}]` },
  });
  return { ...chosen, learnt: named(learnt), unseen: "learnt" in unseen ? unseen : named(unseen) };
}

/** The labels of the records that are names or truth values; what is neither is no name and reported where it is read. Throws V910, V982. */
async function labelsOf({ format, at, label = "" }: Source, folder: string): Promise<string[]> {
  const file = path.join(folder, at);
  const table = format === "csv" ? tableAt(file) : jsonLines(file);
  const { rows } = await table.read({ fields: [label], problems: [], hash: createHash("sha256") });
  return rows.flatMap(({ values: { [label]: value } }) =>
    typeof value === "string" || typeof value === "boolean" ? [String(value)] : [],
  );
}
