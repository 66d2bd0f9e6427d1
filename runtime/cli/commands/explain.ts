// `vlmo explain`: the page of a diagnostic's code.
import type { Command } from "commander";
import { exits } from "../failure.js";
import type { Shell } from "../program.js";
import type { Session } from "../session.js";

const examples = `
Examples:
  vlmo explain V304
  vlmo explain            lists all codes`;

/** What is known of a code, whichever catalogue it is from. */
interface Page {
  readonly code: string;
  readonly severity: string;
  readonly explain: string;
  readonly help?: string;
  readonly wrong?: string;
  readonly right?: string;
}

export function addExplain(program: Command, shell: Shell): void {
  program
    .command("explain")
    .summary("explain the code of a message")
    .description("Explain a code such as V304: what it means, with a wrong and a right specification.")
    .argument("[code]", "the code in the brackets of a message")
    .addHelpText("after", examples)
    .action(async (code: string | undefined) => {
      shell.exit = await explain(code, shell.session);
    });
}

async function explain(code: string | undefined, session: Session): Promise<number> {
  const all = await pages();
  if (code === undefined) {
    session.give({ codes: all });
    for (const page of all) session.say(`${session.colours.bold(page.code)}  ${firstSentence(page.explain)}`);
    return exits.fine;
  }
  const page = all.find((entry) => entry.code === code.toUpperCase());
  if (page === undefined) {
    const { unknownName } = await import("../load-spec.js");
    throw unknownName(
      "code",
      code,
      all.map((entry) => entry.code),
    );
  }
  session.give(page);
  show(page, session);
  return exits.fine;
}

async function pages(): Promise<Page[]> {
  const { grammarCodes } = await import("../../../grammar/index.js");
  const { compilerCodes } = await import("../../../compiler/index.js");
  const { codes } = await import("../../codes.js");
  const spec = { ...grammarCodes, ...compilerCodes };
  const fromSpec = Object.entries(spec).map(([code, { severity, explain, wrong, right }]) => ({
    code,
    severity,
    explain,
    wrong,
    right,
  }));
  const fromRuns = Object.entries(codes).map(([code, { help, explain }]) => ({
    code,
    severity: "error",
    explain,
    help,
  }));
  return [...fromSpec, ...fromRuns].sort((a, b) => (a.code < b.code ? -1 : 1));
}

function firstSentence(text: string): string {
  return /^.*?[.:](?=\s|$)/s.exec(text)?.[0] ?? text;
}

function show({ code, severity, explain: text, help, wrong, right }: Page, { say, colours }: Session): void {
  say(`${colours.bold(`${severity}[${code}]`)}\n\n${text}`);
  if (help !== undefined) say(`\n${colours.cyan("help:")} ${help}`);
  if (wrong !== undefined) say(`\n${colours.red("Wrong:")}\n\n${indented(wrong)}`);
  if (right !== undefined) say(`\n${colours.green("Right:")}\n\n${indented(right)}`);
}

function indented(text: string): string {
  return text.trimEnd().replace(/^(?=.)/gm, "  ");
}
