// Records as JSON lines or CSV tables: the data set in such a file.
import { parse } from "csv-parse/sync";
import { stringText } from "../../grammar/index.js";
import { separatorIn, separatorOf } from "../data/sources/csv.js";
import { FIRST, foundIn, isPicture, objectIn, type Records } from "./fields.js";
import { folderOfImages, type Look, type Source } from "./source.js";

/** How the first records of each format are parsed from the start of a file, whose last line may be incomplete. */
const firsts = {
  jsonl: (lines: readonly string[]): Records => {
    return lines.map(objectIn).filter((record) => record !== null);
  },
  csv: (lines: readonly string[], file: string): Records => {
    return parse<Records[number]>(lines.join("\n"), {
      columns: true,
      delimiter: separatorIn(file, lines[0] ?? ""),
      relax_quotes: true,
      skip_records_with_error: true,
    });
  },
} as const;

/** The data set in a file of records, or why there is none. */
export function recordsSource(format: keyof typeof firsts): (look: Look) => Source | string {
  return (look) => {
    const { file, text, isWhole } = look;
    const lines = linesIn(text, isWhole);
    const records = firsts[format](lines, file);
    if (Object.keys(records[0] ?? {}).some(isPicture)) return "its first line is a record, not the names of columns";
    const found = foundIn(records);
    if (typeof found === "string") return found;
    const { kind, images, settings, label } = found;
    const place = folderOfImages(found.paths, look);
    if (typeof place === "string") return place;
    return {
      kind,
      format,
      at: file,
      paths: { records: file, ...place },
      settings: { ...settings, ...(format === "csv" && separated(file, lines)) },
      ...(label !== undefined && { label }),
      images,
    };
  };
}

/** The block's `separator` setting for a table whose separator differs from the one of its extension. */
function separated(file: string, [header = ""]: readonly string[]): Readonly<Record<string, string>> {
  const separator = separatorIn(file, header);
  return separator === separatorOf(file) ? {} : { separator: stringText(separator) };
}

function linesIn(text: string, isWhole: boolean): string[] {
  const lines = text.replace(/^\uFEFF/, "").split("\n");
  const whole = isWhole ? lines : lines.slice(0, -1);
  return whole.filter((line) => line.trim() !== "").slice(0, FIRST);
}
