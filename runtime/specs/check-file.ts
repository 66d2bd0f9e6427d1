// A specification from the disk: the checker over files.
import {
  checkSpec,
  type CheckOptions,
  type Expectation,
  type FileAccess,
  type Spec,
  type TestSpec,
} from "../../compiler/front-end.js";
import { hasErrors, type Diagnostic } from "../../grammar/index.js";
import { disk, entryPath } from "./disk.js";

/** The result of checking a file. */
export interface Checked {
  /** Null where there are errors. */
  readonly spec: Spec | null;
  readonly diagnostics: readonly Diagnostic[];
}

/** The result of checking a file, with its expectations and tests. */
export interface CheckedTests extends Checked {
  readonly expectations: readonly Expectation[];
  readonly tests: readonly TestSpec[];
}

/** Reads and checks a file and its imports; `set` as in `--set`. */
export function checkFile(
  path: string,
  set: readonly string[],
  how: Partial<CheckOptions> = {},
  access: FileAccess = disk,
): CheckedTests {
  const result = checkSpec(entryPath(path), { ...access, ...how, set: set.map((text) => ({ text })) });
  return { ...result, spec: hasErrors(result.diagnostics) ? null : result.spec };
}
