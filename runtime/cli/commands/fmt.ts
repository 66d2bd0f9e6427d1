// `vlmo fmt`: the canonical form of a file.
import type { Command } from "commander";
import type { Diagnostic } from "../../../grammar/index.js";
import { exits, UsageError } from "../failure.js";
import type { Shell } from "../shell.js";
import type { Session } from "../session.js";

const examples = `
Comments and meaning are preserved, and formatting is idempotent. A file with syntax errors is
left alone. The names of changed files are printed, one per line.

Examples:
  vlmo fmt specs                          every .vlmo file in the folder and below
  vlmo fmt --check specs                  for CI: exit code 1 where a file would change
  vlmo fmt --stdin < model.vlmo           for editors: writes to stdout`;

interface FmtOptions {
  readonly check?: true;
  readonly stdin?: true;
}

/** Adds `vlmo fmt`. */
export function addFmt(program: Command, shell: Shell): void {
  program
    .command("fmt")
    .summary("write specifications in their canonical form")
    .description("Write specifications in their canonical form, in place.")
    .argument("[path...]", "specifications, or folders of them")
    .option("--check", "change nothing; exit with 1 where a file would change")
    .option("--stdin", "read a specification from stdin and write it to stdout")
    .addHelpText("after", examples)
    .action(async (paths: readonly string[], options: FmtOptions) => {
      shell.exit = await run(paths, options, shell.session);
    });
}

async function run(paths: readonly string[], options: FmtOptions, session: Session): Promise<number> {
  if (options.stdin === true && paths.length > 0)
    throw new UsageError("--stdin goes without files", "give either files or --stdin");
  if (options.stdin === true) return formatStdin(options, session);
  if (paths.length === 0) throw new UsageError("no file is named", "name files or folders, or give --stdin");
  const { specFiles } = await import("../spec-files.js");
  return formatFiles(await specFiles(paths), options, session);
}

interface Formatted {
  /** Undefined where the file cannot be read or has syntax errors. */
  readonly text: string | undefined;
  readonly changes: boolean;
  readonly diagnostics: readonly Diagnostic[];
}

async function formatText(path: string, text: string): Promise<Formatted> {
  const { createSource, formatSource } = await import("../../../grammar/index.js");
  const { text: canonical, diagnostics } = formatSource(createSource(path, text));
  return { text: canonical, changes: canonical !== undefined && canonical !== text, diagnostics };
}

async function formatFiles(files: readonly string[], { check }: FmtOptions, session: Session): Promise<number> {
  const { readText, unreadable } = await import("../load-spec.js");
  const { replaceText } = await import("../spec-files.js");
  const { printDiagnostics } = await import("../diagnostics.js");
  const changed: string[] = [];
  const failed: string[] = [];
  const found: (readonly Diagnostic[])[] = [];
  for (const file of files) {
    const text = readText(file);
    const result =
      text === null ? { text: undefined, changes: false, diagnostics: unreadable(file) } : await formatText(file, text);
    found.push(result.diagnostics);
    if (result.text === undefined) failed.push(file);
    if (result.text === undefined || !result.changes) continue;
    if (check !== true) await replaceText(file, result.text);
    changed.push(file);
    session.say(file);
  }
  const diagnostics = printDiagnostics(found.flat(), session);
  const outcome = { files: files.length, changed: changed.length, failed: failed.length, check: check === true };
  if (!session.json) session.remark(summary(outcome, session));
  session.give({ check: check === true, files, changed, failed, diagnostics });
  return failed.length > 0 || (check === true && changed.length > 0) ? exits.mistake : exits.fine;
}

interface Outcome {
  readonly files: number;
  readonly changed: number;
  readonly failed: number;
  readonly check: boolean;
}

function summary({ files, changed, failed, check }: Outcome, { colours }: Session): string {
  const of = `${files} file${files === 1 ? "" : "s"}`;
  const change = check ? `${changed} would change` : `${changed} formatted`;
  const parts = [changed === 0 ? [] : change, failed === 0 ? [] : `${failed} left alone for mistakes`].flat();
  if (parts.length === 0) return `${colours.green("✓")} ${of}: canonical`;
  const mark = failed > 0 || check ? colours.red("✗") : colours.green("✓");
  return `${mark} ${of}: ${parts.join(", ")}`;
}

async function formatStdin({ check }: FmtOptions, session: Session): Promise<number> {
  const { text: readAll } = await import("node:stream/consumers");
  const { printDiagnostics } = await import("../diagnostics.js");
  const { text, changes, diagnostics } = await formatText("<stdin>", await readAll(process.stdin));
  const reported = printDiagnostics(diagnostics, session);
  if (text !== undefined && check !== true) session.write(text);
  session.give({ check: check === true, changed: changes, text: text ?? null, diagnostics: reported });
  return text === undefined || (check === true && changes) ? exits.mistake : exits.fine;
}
