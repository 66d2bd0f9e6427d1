// `vlmo check`: everything that is wrong with specifications, without running anything.
import type { Command } from "commander";
import type { Diagnostic } from "../../../grammar/index.js";
import { exits } from "../failure.js";
import { setOption } from "../options.js";
import type { Shell } from "../program.js";
import type { Session } from "../session.js";

const examples = `
Examples:
  vlmo check specs/*.vlmo
  vlmo check specs/parity.vlmo --set width=64px     also checks the replaced value
  vlmo check model.vlmo --json`;

export function addCheck(program: Command, shell: Shell): void {
  program
    .command("check")
    .summary("say what is wrong with a specification")
    .description("Check specifications and the files they import; tell every mistake with its place and a way out.")
    .argument("<file...>", "specifications")
    .addOption(setOption())
    .addHelpText("after", examples)
    .action(async (files: readonly string[], { set }: { set: readonly string[] }) => {
      shell.exit = await check(files, set, shell.session);
    });
}

async function check(files: readonly string[], set: readonly string[], session: Session): Promise<number> {
  const { checkFile } = await import("../load-spec.js");
  const { tellDiagnostics } = await import("../diagnostics.js");
  const diagnostics = distinct(files.flatMap((file) => checkFile(file, set).diagnostics));
  const json = tellDiagnostics(diagnostics, session);
  const errors = count(diagnostics, "error");
  const warnings = count(diagnostics, "warning");
  session.say(summary(files, errors, warnings, session));
  session.give({ files, errors, warnings, diagnostics: json });
  return errors > 0 ? exits.mistake : exits.fine;
}

/** A file that several of the given ones import is checked with each, and told once. */
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

function plural(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
