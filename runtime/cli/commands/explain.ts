// `vlmo explain`: the page of a diagnostic code, or of a word of the language.
import type { Command } from "commander";
import { closest } from "../../../grammar/index.js";
import { exits } from "../failure.js";
import type { ComparedLine } from "../../../compiler/front-end.js";
import type { Shell } from "../shell.js";
import type { Session } from "../session.js";
import { wrapped } from "../wrapped.js";

const examples = `
Examples:
  vlmo explain V304       a code: its meaning and remedy
  vlmo explain adamw      a block, head, data format or constructor: its keys with their defaults
  vlmo explain micro      a key: where it may stand, and what it means there
  vlmo explain adamw.lr   a key of one of them
  vlmo explain            lists all codes`;

/** The page of a code from any catalogue. */
interface Page {
  readonly code: string;
  readonly severity: string;
  /** Its message, with `…` for the filled-in parts. */
  readonly title: string;
  readonly explain: string;
  readonly help?: string;
  readonly wrong?: string;
  readonly right?: string;
}

/** Adds `vlmo explain`. */
export function addExplain(program: Command, shell: Shell): void {
  program
    .command("explain")
    .summary("explain an error code or a word of the language")
    .description(
      "Explain an error code such as V304, with a wrong and a right specification, or a word of the language such as `adamw`.",
    )
    .argument(
      "[code]",
      "a code as shown in a message, or a block, head, data format, constructor or key (also adamw.lr)",
    )
    .addHelpText("after", examples)
    .action(async (code: string | undefined) => {
      shell.exit = await explain(code, shell.session);
    });
}

async function explain(code: string | undefined, session: Session): Promise<number> {
  const all = await pages();
  if (code === undefined) {
    session.give({ codes: all });
    for (const page of all) session.say(`${session.colours.bold(page.code)}  ${wrapped(page.title, "      ")}`);
    return exits.fine;
  }
  const page = all.find((entry) => entry.code === code.toUpperCase());
  if (page === undefined) return explainWord(code, all, session);
  session.give(page);
  await show(page, session);
  return exits.fine;
}

/** The pages of everything with that name. Throws V961 with the closest name. */
async function explainWord(name: string, all: readonly Page[], session: Session): Promise<number> {
  const { language } = await import("../../../compiler/front-end.js");
  const { entryPage, keyPage, keysNamed, pathsLike } = await import("../entry-page.js");
  const groups = language();
  const entries = groups.flatMap(({ what, entries }) => entries.map((entry) => ({ what, entry })));
  const found = entries.filter(({ entry }) => entry.name === name);
  const every = entries.map(({ entry }) => entry);
  const keys = keysNamed(name, groups);
  if (found.length + keys.length === 0) {
    const { vlmoError } = await import("../../errors/vlmo-error.js");
    const words = every.flatMap((entry) => [entry.name, ...entry.keys.map((key) => key.name)]);
    const near = closest(name, [...all.map(({ code }) => code), ...words, ...pathsLike(name, groups)]);
    const known = "codes are V001 to V999, words are those of docs/language/reference.md";
    throw vlmoError(
      "V961",
      { missing: `code or word \`${name}\``, known },
      { help: near === undefined ? "`vlmo explain` lists the codes" : `did you mean \`${near}\`?` },
    );
  }
  session.give({ entries: found.map(({ what, entry }) => ({ what, ...entry })), keys });
  const shown = found.map(({ what, entry }) => entryPage(entry, what, session));
  session.say([...shown, ...(keys.length > 0 ? [keyPage(name, keys, session)] : [])].join("\n\n"));
  return exits.fine;
}

async function pages(): Promise<Page[]> {
  const { grammarCodes } = await import("../../../grammar/index.js");
  const { compilerCodes, titleOf } = await import("../../../compiler/front-end.js");
  const { codes } = await import("../../errors/codes.js");
  const spec = { ...grammarCodes, ...compilerCodes };
  const fromSpec = Object.entries(spec).map(([code, { severity, message, explain, wrong, right }]) => ({
    code,
    severity,
    title: titleOf({ message, explain }),
    explain,
    wrong,
    right,
  }));
  const fromRuns = Object.entries(codes).map(([code, { message, help, explain }]) => ({
    code,
    severity: "error",
    title: titleOf({ message, explain }),
    explain,
    help,
  }));
  return [...fromSpec, ...fromRuns].sort((a, b) => (a.code < b.code ? -1 : 1));
}

async function show(page: Page, session: Session): Promise<void> {
  const { code, severity, title, explain: text, help, wrong, right } = page;
  const { say, colours } = session;
  say(`${colours.bold(`${severity}[${code}]`)}: ${wrapped(title)}\n\n${wrapped(text)}`);
  if (help !== undefined) say(`\n${colours.cyan("help:")} ${wrapped(help, "      ")}`);
  if (wrong === undefined || right === undefined) return;
  const { comparedLines } = await import("../../../compiler/front-end.js");
  say("\nWrong (-) and right (+); --json has both files whole:\n");
  for (const line of comparedLines(wrong, right)) say(comparedText(line, session));
}

function comparedText({ mark, text }: ComparedLine, { colours }: Session): string {
  const line = `  ${mark} ${text}`.trimEnd();
  return { "-": colours.red, "+": colours.green, " ": (same: string) => same }[mark](line);
}
