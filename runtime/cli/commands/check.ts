// `vlmo check`: all mistakes in specifications, without running anything.
import type { Command } from "commander";
import type { Applied, Fixed } from "../../../compiler/front-end.js";
import type { Diagnostic } from "../../../grammar/index.js";
import { exits } from "../failure.js";
import type { DataLook } from "../look-at-data.js";
import { setOption } from "../options.js";
import type { Shell } from "../shell.js";
import type { Session } from "../session.js";

const examples = `
With --fix, mistakes with a single sensible remedy are fixed in the given files (a misspelt name, a
missing unit, an unused import), as long as that leaves fewer mistakes and none of a new kind.

With --data, the files on disk are checked too, once the specification has no errors: every data
block that a file declares or that its stages and evaluations read, and their vocabularies. All
records are read and every image must exist; the headers of up to 1000 images per block are read,
none is decoded. With --decode every image is decoded, as training will, which also finds truncated
files. The first 20 mistakes of a block are shown and the others counted. Notes report what is
skipped but is no mistake: truncated texts, classes without images, other files. Training starts
with the same check.

Examples:
  vlmo check specs/
  vlmo check specs/nlvr.vlmo --data
  vlmo check specs/nlvr.vlmo --decode
  vlmo check model.vlmo --fix
  vlmo check specs/parity.vlmo --set width=64px     the replaced value is checked too
  vlmo check specs/quickstart.vlmo --set pairs.optimizer.lr=1e-4
  vlmo check model.vlmo --json`;

/** Adds `vlmo check`. */
export function addCheck(program: Command, shell: Shell): void {
  program
    .command("check")
    .summary("report mistakes in specifications")
    .description("Check specifications and the files they import; report every mistake with its place and remedy.")
    .argument("<file...>", "specifications, or folders of them")
    .option("--data", "check the data and vocabularies on disk too")
    .option("--decode", "like --data, and decode every image and mask, as training will")
    .option("--fix", "fix mistakes with a single sensible remedy, in place")
    .addOption(setOption())
    .addHelpText("after", examples)
    .action(async (files: readonly string[], options: CheckCommandOptions) => {
      shell.exit = await check(files, options, shell.session);
    });
}

interface CheckCommandOptions {
  readonly data?: true;
  readonly decode?: true;
  readonly fix?: true;
  readonly set: readonly string[];
}

async function check(paths: readonly string[], options: CheckCommandOptions, session: Session): Promise<number> {
  const { specFiles } = await import("../spec-files.js");
  const files = (await Promise.all(paths.map((path) => specFiles([path])))).flat();
  const { checkFile } = await import("../load-spec.js");
  const { printDiagnostics } = await import("../diagnostics.js");
  const fixed = options.fix === true ? await fix(files, options.set) : null;
  fixed?.applied.forEach((applied) => session.say(appliedText(applied, session)));
  const checked = fixed?.diagnostics ?? distinct(files.flatMap((file) => checkFile(file, options.set).diagnostics));
  const data = count(checked, "error") === 0 ? await dataOf(files, options, session) : null;
  if (data !== null) {
    const { tellData } = await import("../look-at-data.js");
    data.lines.forEach((line) => tellData(line, session));
  }
  const diagnostics = [...checked, ...(data?.diagnostics ?? [])];
  const json = printDiagnostics(diagnostics, session);
  const errors = count(diagnostics, "error");
  const warnings = count(diagnostics, "warning");
  session.say(summary(files, errors, warnings, session));
  if (fixed !== null && !session.json) tellFixable(diagnostics, session);
  const more = { ...(fixed !== null && { fixed: fixed.applied }), ...(data !== null && { data: data.found }) };
  session.give({ files, ...more, errors, warnings, diagnostics: json });
  return errors > 0 ? exits.mistake : exits.fine;
}

async function dataOf(
  files: readonly string[],
  { set, data, decode }: CheckCommandOptions,
  session: Session,
): Promise<DataLook | null> {
  if (data !== true && decode !== true) return null;
  const { lookAtData } = await import("../look-at-data.js");
  const { createCounter } = await import("../counter.js");
  const counter = createCounter(session);
  if (decode !== true) return lookAtData(files, set);
  return lookAtData(files, set, ({ block, ...counted }) => counter({ what: `decoding ${block}`, ...counted }));
}

/** Fixes the files and writes those that changed. */
async function fix(files: readonly string[], set: readonly string[]): Promise<Fixed> {
  const { checkFile, entryPath, readText } = await import("../load-spec.js");
  const { replaceText } = await import("../spec-files.js");
  const { applyFixes } = await import("../../../compiler/front-end.js");
  const given = files.flatMap((file): [string, string][] => {
    const text = readText(file);
    return text === null ? [] : [[entryPath(file), text]];
  });
  const fixed = applyFixes(new Map(given), (texts) => {
    const read = (path: string): string | null => texts.get(path) ?? readText(path);
    return distinct(files.flatMap((file) => checkFile(file, set, { read }).diagnostics));
  });
  for (const [path, text] of fixed.changed) await replaceText(path, text);
  return fixed;
}

function appliedText({ file, line, column, code, before, after }: Applied, { colours }: Session): string {
  const what =
    before === "" ? `put in \`${after}\`` : after === "" ? `took out \`${before}\`` : `\`${before}\` → \`${after}\``;
  return `${colours.green("fixed")} ${file}:${line}:${column} ${code}: ${what.replace(/\s*\n\s*/g, " ")}`;
}

/** A fix in a file that was not named is left to the user. */
function tellFixable(diagnostics: readonly Diagnostic[], session: Session): void {
  const fixable = diagnostics.filter((diagnostic) => diagnostic.fix !== undefined);
  if (fixable.length === 0) return;
  const places = [...new Set(fixable.map(({ span }) => span.file.path))].join(", ");
  session.remark(`${plural(fixable.length, "remedy", "remedies")} not applied, in ${places}: see the help of each`);
}

/** A file that several of the given ones import is checked with each, and reported once. */
function distinct(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const key = ({ code, message, span }: Diagnostic) => [span.file.path, span.start, span.end, code, message].join("\n");
  return [...new Map(diagnostics.map((diagnostic) => [key(diagnostic), diagnostic])).values()];
}

function count(diagnostics: readonly Diagnostic[], severity: Diagnostic["severity"]): number {
  return diagnostics.filter((diagnostic) => diagnostic.severity === severity).length;
}

function summary(files: readonly string[], errors: number, warnings: number, { colours }: Session): string {
  const what = files.length === 1 ? (files[0] ?? "") : `${files.length} files`;
  const problems = [errors > 0 ? plural(errors, "error") : [], warnings > 0 ? plural(warnings, "warning") : []].flat();
  if (problems.length === 0) return `${colours.green("✓")} ${what}: no mistakes found`;
  return `${errors > 0 ? colours.red("✗") : colours.yellow("!")} ${what}: ${problems.join(", ")}`;
}

function plural(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`;
}
