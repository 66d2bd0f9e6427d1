// The page of one specification, or of two side by side: files are read, checked, and drawn where they have no errors.
import { posix } from "node:path";
import type { Spec } from "../../compiler/front-end.js";
import { renderAll, type Diagnostic } from "../../grammar/index.js";
import { comparisonOf, comparisonStyle, pictureOf, pictureStyle, type Html } from "../../view/index.js";
import { checkFile } from "../specs/check-file.js";
import { disk, entryPath } from "../specs/disk.js";

/** The contents of a specification's page. */
export interface SpecificationPage {
  readonly title: string;
  /** The picture; null where a file has errors. */
  readonly body: Html | null;
  readonly style: string;
  /** All messages as `check` prints them, without colours; null where there are none. */
  readonly diagnostics: string | null;
  /** The files that the page depends on: those given, and all imports. */
  readonly watched: readonly string[];
}

/** Reads, checks and draws one or two files; never throws for their contents. */
export function specificationPage(files: readonly string[], set: readonly string[] = []): SpecificationPage {
  const watched = new Set(files.map(entryPath));
  const checked = files.map((file) => ({ file, ...readWhole(file, set, watched) }));
  const messages = new Map(checked.flatMap((each) => each.messages).map((message) => [keyOf(message), message]));
  return {
    title: files.map((file) => posix.basename(entryPath(file))).join(" and "),
    body: bodyOf(checked),
    style: files.length === 1 ? pictureStyle : pictureStyle + comparisonStyle,
    diagnostics: messages.size === 0 ? null : renderAll([...messages.values()]),
    watched: [...watched],
  };
}

interface Read {
  readonly file: string;
  readonly spec: Spec | null;
  readonly messages: readonly Diagnostic[];
}

/** Every requested file is watched, even if it does not exist. Failed expectations are shown, and do not hide the picture. */
function readWhole(file: string, set: readonly string[], watched: Set<string>): Omit<Read, "file"> {
  const read = (path: string): string | null => {
    watched.add(path);
    return disk.read(path);
  };
  const result = checkFile(file, set, { expectations: "apart" }, { ...disk, read });
  const { spec, diagnostics, expectations } = result;
  return { spec, messages: [...diagnostics, ...expectations.flatMap(({ failures }) => failures)] };
}

/** Two files may import the same one. */
function keyOf({ code, message, span }: Diagnostic): string {
  return [code, span.file.path, span.start, message].join(" ");
}

function bodyOf([first, second]: readonly Read[]): Html | null {
  if (first === undefined || first.spec === null) return null;
  if (second === undefined) return pictureOf(first.spec);
  if (second.spec === null) return null;
  return comparisonOf({ title: first.file, spec: first.spec }, { title: second.file, spec: second.spec });
}
