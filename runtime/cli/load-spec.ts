// Loads a specification for a command and prints the checker's diagnostics.
import type { Spec } from "../../compiler/front-end.js";
import { createSource, hasErrors, parse, type Diagnostic, type File } from "../../grammar/index.js";
import { SpecError } from "../errors/spec-error.js";
import { checkFile, type CheckedTests } from "../specs/check-file.js";
import { readText } from "../specs/disk.js";
import { printDiagnostics } from "./diagnostics.js";
import type { Session } from "./session.js";

export { checkFile } from "../specs/check-file.js";
export { disk, entryPath, readText } from "../specs/disk.js";
export { ownStages, stageOf, stagesToTrain, unknownName } from "../specs/stages.js";

/** Like `checkFile`; failed expectations are not errors here, since they are what is tested. */
export function checkTestFile(path: string, set: readonly string[]): CheckedTests {
  return checkFile(path, set, { expectations: "apart" });
}

/** Like `checkFile`, for commands that need a specification without errors: warnings are printed, errors thrown. */
export function loadSpec(path: string, set: readonly string[], session: Session): Spec {
  const { spec, diagnostics } = checkFile(path, set);
  if (spec === null) throw new SpecError(diagnostics);
  printDiagnostics(diagnostics, session);
  return spec;
}

/** The tree of one file, unchecked. Throws where it cannot be read or has syntax errors. */
export function parseFile(path: string, session: Session): File {
  const text = readText(path);
  if (text === null) throw new SpecError(unreadable(path));
  const { file, diagnostics } = parse(createSource(path, text));
  if (hasErrors(diagnostics)) throw new SpecError(diagnostics);
  printDiagnostics(diagnostics, session);
  return file;
}

/** The diagnostics for a file that cannot be read. */
export function unreadable(path: string): readonly Diagnostic[] {
  return checkFile(path, []).diagnostics;
}
