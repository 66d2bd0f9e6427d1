// The page of one specification, or of two beside each other: files are read and checked, and drawn where they have no errors.
import { posix } from "node:path";
import { loadModules } from "../../compiler/front-end.js";
import { renderAll } from "../../grammar/index.js";
import { comparisonOf, comparisonStyle, pictureOf, pictureStyle, type Html } from "../../view/index.js";
import { checkFile, type Checked } from "../specs/check-file.js";
import { disk, entryPath } from "../specs/disk.js";

/** What is shown of one specification, or of two. */
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

/** Reads, checks and draws one or two files; never throws for what is written in them. */
export function specificationPage(files: readonly string[], set: readonly string[] = []): SpecificationPage {
  // Expectations that a change has broken do not hide the picture of that change.
  const checked = files.map((file) => ({ file, ...checkFile(file, set, { expectations: "apart" }) }));
  const diagnostics = checked.flatMap((each) => each.diagnostics);
  return {
    title: files.map((file) => posix.basename(entryPath(file))).join(" and "),
    body: bodyOf(checked),
    style: files.length === 1 ? pictureStyle : pictureStyle + comparisonStyle,
    diagnostics: diagnostics.length === 0 ? null : renderAll(diagnostics),
    watched: watchedBy(files),
  };
}

interface Read extends Checked {
  readonly file: string;
}

function bodyOf([first, second]: readonly Read[]): Html | null {
  if (first === undefined || first.spec === null) return null;
  if (second === undefined) return pictureOf(first.spec);
  if (second.spec === null) return null;
  return comparisonOf({ title: first.file, spec: first.spec }, { title: second.file, spec: second.spec });
}

/** Also of files with errors: the one that is imported may be the one to mend. */
function watchedBy(files: readonly string[]): string[] {
  const each = (file: string): string[] => {
    const modules = loadModules(entryPath(file), disk, () => undefined) ?? [];
    return [entryPath(file), ...modules.map(({ path }) => path)];
  };
  return [...new Set(files.flatMap(each))];
}
