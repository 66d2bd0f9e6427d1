// Results of embedding and search, as text and as tables.
import path from "node:path";
import { counted } from "../../grammar/index.js";
import type { About } from "../embed/about.js";
import type { Entry } from "../embed/entry.js";
import type { Kept } from "../embed/keep.js";
import type { Found, Hit } from "../search/search.js";
import { csvLine } from "./csv.js";
import type { Colours } from "./session.js";

/** `photos.safetensors: 25 vectors of 96 numbers: contrast, normalised, of the model 1a2b3c4d (stage align)`. */
export function vectorsLine(file: string, rows: number, { width, feature, normalised, model, stage }: About): string {
  const of = `\`${feature}\`, ${normalised ? "normalised" : "not normalised"}`;
  return `${near(file)}: ${counted(rows, "vector")} of ${width} numbers: ${of}, of the model ${model.slice(0, 8)} (stage \`${stage}\`)`;
}

/** Notes on what was computed, dropped or replaced. */
export function keptLines({ rows, made, cut, dropped, replaced }: Kept): string[] {
  return [
    ...(replaced === null ? [] : [`everything is embedded again: the existing vectors are ${replaced}`]),
    ...(made > 0 && made < rows ? [`${counted(made, "vector")} made, ${rows - made} reused`] : []),
    ...(dropped > 0 ? [`${counted(dropped, "vector")} of removed or no longer named files dropped`] : []),
    ...(cut > 0 ? [`${counted(cut, "text")} truncated to the model's text length`] : []),
  ];
}

/** Missing images that a file of vectors names. */
export function goneLines(gone: ReadonlySet<string>): string[] {
  const [first = ""] = gone;
  return gone.size === 0
    ? []
    : [`${counted(gone.size, "image")} no longer exist and are left out, such as ${near(first)}`];
}

/** A line for the query, and one for each hit. */
export function foundLines({ query, hits }: Found, colours: Colours): string[] {
  const isJudged = hits.some(({ probability }) => probability !== undefined);
  const lines = hits.map(
    (hit, i) => `  ${String(i + 1).padStart(2)}  ${scoresText(hit, isJudged)}  ${colours.bold(shown(hit.entry))}`,
  );
  return [shown(query), ...lines];
}

/** Where a head has scored only part of a list, the other rows leave that column empty. */
function scoresText({ similarity, probability }: Hit, isJudged: boolean): string {
  const percent = probability === undefined ? "" : `${(100 * probability).toFixed(1)} %`;
  return `${isJudged ? `${percent.padStart(7)}  ` : ""}${similarity.toFixed(3).padStart(6)}`;
}

/** An image by its relative path, a text by itself. */
function shown({ image, text }: Entry): string {
  return [...(image === undefined ? [] : [near(image.path)]), ...(text === undefined ? [] : [text])].join(": ");
}

/** The path relative to the working folder, if inside it. */
function near(file: string): string {
  const relative = path.relative("", file);
  return relative.startsWith("..") ? file : relative;
}

/** The columns of `--csv`. */
export const csvHeader = "query,rank,name,image,text,similarity,probability";

/** A row for each hit. */
export function foundCsv({ query, hits }: Found): string[] {
  return hits.map(({ entry: { name, image, text = "" }, similarity, probability = "" }, i) =>
    csvLine([shown(query), i + 1, name, image?.path ?? "", text, similarity, probability]),
  );
}
