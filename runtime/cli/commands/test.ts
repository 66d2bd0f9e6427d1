// `vlmo test`: the `expect` and `test` blocks of specifications, run like tests of a program.
import type { Command } from "commander";
import type { Engine } from "../../engines/index.js";
import { exits } from "../failure.js";
import { engineOptions, setOption, type EngineChoice } from "../options.js";
import type { Shell } from "../shell.js";
import type { Session } from "../session.js";

const examples = `
The exit code is 1 where something fails, a file has errors, or there is nothing to test.

Examples:
  vlmo test specs                              every .vlmo file of a folder
  vlmo test specs/tests.vlmo --only learns     only blocks whose title contains the word
  vlmo test specs --update                     records traces that are missing or differ
  vlmo test specs --engine reference --json`;

interface TestCommandOptions extends EngineChoice {
  readonly set: readonly string[];
  readonly only?: string;
  readonly update?: true;
}

/** Adds `vlmo test`. */
export function addTest(program: Command, shell: Shell): void {
  const command = program
    .command("test")
    .summary("run the expect and test blocks of specifications")
    .description("Run the `expect` and `test` blocks of specifications; failures are shown with their place.")
    .argument("<path...>", "specifications, or folders of them")
    .option("--only <text>", "only blocks whose title contains the text")
    .option("--update", "record traces that are missing or differ")
    .addOption(setOption());
  for (const option of engineOptions()) command.addOption(option);
  command.addHelpText("after", examples).action(async (paths: readonly string[], options: TestCommandOptions) => {
    shell.exit = await run(paths, options, shell.session);
  });
}

/** Titles listed in the error when none matches. */
const SHOWN = 10;

async function run(paths: readonly string[], options: TestCommandOptions, session: Session): Promise<number> {
  const { specFiles } = await import("../spec-files.js");
  const { testFiles, titlesIn } = await import("../test-files.js");
  const { createTestReport } = await import("../test-report.js");
  const report = createTestReport(session);
  const began = performance.now();
  const { set, only = null, update = false } = options;
  const files = await specFiles(paths);
  const held: { engine?: Promise<Engine> } = {};
  const engine = (): Promise<Engine> =>
    (held.engine ??= import("../open-engine.js").then(({ openEngine }) => openEngine(options, session)));
  try {
    await testFiles({ files, set, only, update, engine }, report.listener);
  } finally {
    (await held.engine)?.dispose();
  }
  if (report.results.length === 0) throw await nothingFound(paths, only, titlesIn({ files, set }));
  report.end((performance.now() - began) / 1000);
  return report.results.some(({ failures }) => failures.length > 0) ? exits.mistake : exits.fine;
}

async function nothingFound(paths: readonly string[], only: string | null, titles: readonly string[]): Promise<Error> {
  const { vlmoError } = await import("../../errors/vlmo-error.js");
  const where = paths.map((path) => `\`${path}\``).join(", ");
  const [first] = titles;
  if (only === null || first === undefined)
    return vlmoError("V944", { where, what: "there is no `expect` and no `test` block" });
  const shown = titles.slice(0, SHOWN).map((title) => `"${title}"`);
  const more = titles.length > SHOWN ? ` and ${titles.length - SHOWN} more` : "";
  const help = `give --only a part of a title: ${shown.join(", ")}${more}`;
  return vlmoError("V944", { where, what: `no title contains "${only}"` }, { help });
}
