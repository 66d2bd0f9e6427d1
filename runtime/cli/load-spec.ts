// A specification from the disk: the checker over files. Paths are shown as the user wrote them.
import { accessSync, constants, readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { posix, sep } from "node:path";
import {
  checkSpec,
  type CheckOptions,
  type Expectation,
  type FileAccess,
  type Spec,
  type StageSpec,
  type TestSpec,
} from "../../compiler/front-end.js";
import { closest, createSource, hasErrors, parse, type Diagnostic, type File } from "../../grammar/index.js";
import { reasonOf, systemCode } from "../errors/system-error.js";
import { vlmoError } from "../errors/vlmo-error.js";
import { resolvePath } from "../spec-path.js";
import { printDiagnostics } from "./diagnostics.js";
import { SpecRejected } from "./failure.js";
import type { Session } from "./session.js";

/** A file that was checked. */
export interface Checked {
  /** Null where there are errors. */
  readonly spec: Spec | null;
  readonly diagnostics: readonly Diagnostic[];
}

/** A file as `vlmo test` takes it. */
export interface CheckedTests extends Checked {
  readonly expectations: readonly Expectation[];
  readonly tests: readonly TestSpec[];
}

/** As `checkFile`; expectations that do not hold are no errors, they are what is tested. */
export function checkTestFile(path: string, set: readonly string[]): CheckedTests {
  return checkEntry(path, set, { expectations: "apart" });
}

/** Reads and checks a file and what it imports. */
export function checkFile(path: string, set: readonly string[], how: Partial<CheckOptions> = {}): Checked {
  return checkEntry(path, set, how);
}

function checkEntry(path: string, set: readonly string[], how: Partial<CheckOptions>): CheckedTests {
  const result = checkSpec(entryPath(path), { ...disk, ...how, set: set.map((text) => ({ text })) });
  return { ...result, spec: hasErrors(result.diagnostics) ? null : result.spec };
}

/** A path as the checker shows it. */
export function entryPath(path: string): string {
  return sep === "/" ? path : path.replaceAll(sep, "/");
}

/** As `checkFile` for commands that need a sound specification: warnings are printed, errors thrown. */
export function loadSpec(path: string, set: readonly string[], session: Session): Spec {
  const { spec, diagnostics } = checkFile(path, set);
  if (spec === null) throw new SpecRejected(diagnostics);
  printDiagnostics(diagnostics, session);
  return spec;
}

/** The tree of one file, unchecked. Throws where it cannot be read or has mistakes of form. */
export function parseFile(path: string, session: Session): File {
  const text = readText(path);
  if (text === null) throw new SpecRejected(unreadable(path));
  const { file, diagnostics } = parse(createSource(path, text));
  if (hasErrors(diagnostics)) throw new SpecRejected(diagnostics);
  printDiagnostics(diagnostics, session);
  return file;
}

/** What is said of a file that cannot be read. */
export function unreadable(path: string): readonly Diagnostic[] {
  return checkFile(path, []).diagnostics;
}

/** The text of a file, or null where it cannot be read. */
export function readText(path: string): string | null {
  if (refusal(path) !== null) return null;
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}

/** What a shell passes instead of a file, `<(command)` or `-` of others. */
const passed = /^\/(?:dev\/(?:stdin|fd\/\d+)|proc\/self\/fd\/\d+)$/;

const largest = 8 * 2 ** 20;

/** Why an existing file cannot be read as a specification; null where it can, and where nothing is there. */
function refusal(path: string): string | null {
  try {
    const status = statSync(path);
    if (status.isDirectory()) return "it is a folder; name a file";
    if (!status.isFile() && !passed.test(path)) return "it is no regular file, but a device, a pipe or a socket";
    if (status.size > largest) return `it has ${Math.ceil(status.size / 2 ** 20)} MiB; a specification has at most 8`;
    accessSync(path, constants.R_OK);
    return null;
  } catch (error) {
    return systemCode(error) === "ENOENT" ? null : (reasonOf(error) ?? null);
  }
}

function identity(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

/** The checker's access to the disk. */
export const disk: FileAccess = { read: readText, resolvePath, beside, identity, refusal };

function beside(path: string): readonly string[] {
  try {
    const entries = readdirSync(posix.dirname(path), { withFileTypes: true });
    return entries.filter((entry) => entry.name.endsWith(".vlmo") && !entry.isDirectory()).map(({ name }) => name);
  } catch {
    return [];
  }
}

/** The stage a command means: the one named, or the only one. Throws V960, V961. */
export function stageOf(spec: Spec, file: string, name: string | undefined): StageSpec {
  const names = [...spec.stages.keys()];
  if (name === undefined) {
    const [only, second] = spec.stages.values();
    if (only === undefined) throw unknownName("stage", "", names);
    if (second === undefined) return only;
    throw vlmoError(
      "V960",
      { file, stages: names.join(", ") },
      { help: `say which one with --stage, such as --stage ${names.at(-1)}` },
    );
  }
  const stage = spec.stages.get(name);
  if (stage === undefined) throw unknownName("stage", name, names);
  return stage;
}

/**
 * The stages that `train` trains, predecessors first: the one named, or all that the file itself declares and what they
 * come from. Throws V961.
 */
export function stagesToTrain(spec: Spec, file: string, name: string | undefined): StageSpec[] {
  if (name !== undefined) return [stageOf(spec, file, name)];
  const own = ownStages(spec, file);
  if (own.length === 0) throw unknownName("stage", "", []);
  return withPredecessors(spec, own);
}

/** The stages that the file itself declares. */
export function ownStages(spec: Spec, file: string): StageSpec[] {
  return [...spec.stages.values()].filter((stage) => stage.span.file.path === entryPath(file));
}

/** Stages with those that they come from, predecessors first. */
export function withPredecessors(spec: Spec, stages: readonly StageSpec[]): StageSpec[] {
  const ordered = new Set<StageSpec>();
  const add = (stage: StageSpec): void => {
    const before = stage.from.kind === "stage" ? spec.stages.get(stage.from.name) : undefined;
    if (before !== undefined && !ordered.has(before)) add(before);
    ordered.add(stage);
  };
  stages.forEach(add);
  return [...ordered];
}

/** The error for a name that the file does not declare; an empty name where any would have done. */
export function unknownName(what: string, name: string, names: readonly string[]): Error {
  const near = closest(name, names);
  const known = names.length === 0 ? `the file declares no ${what}` : `the file has ${names.join(", ")}`;
  const missing = name === "" ? what : `${what} \`${name}\``;
  return vlmoError("V961", { missing, known }, { help: near && `did you mean \`${near}\`?` });
}
