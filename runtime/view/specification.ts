// The page of specifications: files are read and checked, and drawn where they have no errors.
import { posix } from "node:path";
import type { Diagnostic } from "../../grammar/index.js";
import { renderAll } from "../../grammar/index.js";
import { pictureOf, pictureStyle, type Html } from "../../view/index.js";
import { checkFile } from "../specs/check-file.js";
import { entryPath } from "../specs/disk.js";

/** What is shown of one specification, or of two beside each other. */
export interface SpecificationPage {
  readonly title: string;
  /** The picture; null where a file has errors. */
  readonly body: Html | null;
  readonly style: string;
  /** All messages as `check` prints them, without colours; null where there are none. */
  readonly diagnostics: string | null;
  /** Files whose change changes the page: what was given, and all that is imported. */
  readonly watched: readonly string[];
}

/** Reads, checks and draws; never throws for what is written. */
export function specificationPage(files: readonly string[], set: readonly string[] = []): SpecificationPage {
  const checked = files.map((file) => checkFile(file, set, { expectations: "apart" }));
  const diagnostics = checked.flatMap((each) => each.diagnostics);
  const [spec, other] = checked.map((each) => each.spec);
  return {
    title: files.map((file) => posix.basename(entryPath(file))).join(" and "),
    body: spec === undefined || spec === null || other === null ? null : pictureOf(spec),
    style: pictureStyle,
    diagnostics: diagnostics.length === 0 ? null : renderAll(diagnostics),
    watched: watchedBy(
      files,
      diagnostics,
      checked.flatMap(({ spec: each }) => [...(each?.written.files.keys() ?? [])]),
    ),
  };
}

function watchedBy(files: readonly string[], diagnostics: readonly Diagnostic[], read: readonly string[]): string[] {
  return [...new Set([...files.map(entryPath), ...read, ...diagnostics.map(({ span }) => span.file.path)])];
}
