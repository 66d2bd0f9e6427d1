// `vlmo runs rm`: removes runs, and nothing else.
import type { Command } from "commander";
import { resolve } from "node:path";
import type { Removable } from "../../runs/remove.js";
import { exits, UsageError } from "../failure.js";
import { path } from "../options.js";
import type { Shell } from "../shell.js";
import type { Session } from "../session.js";

const examples = `
Removes what \`vlmo train\` has written: checkpoints, the report with its pictures, metrics.jsonl and
run.json. Other files in the folder are kept and named; links are removed, their targets kept. A run in
progress is left alone.

Examples:
  vlmo runs rm runs/a runs/b            asks first
  vlmo runs rm runs/a runs/b --yes      does not ask`;

interface Options {
  readonly yes?: true;
}

/** Adds `vlmo runs rm`. */
export function addRunsRm(runs: Command, shell: Shell): void {
  runs
    .command("rm")
    .summary("remove runs")
    .description("Remove runs: their checkpoints, reports and curves.")
    .argument("<run...>", "run folders", each)
    .option("--yes", "without asking")
    .addHelpText("after", examples)
    .action(async (folders: readonly string[], options: Options) => {
      shell.exit = await run(folders, options, shell.session);
    });
}

function each(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, path(text)];
}

async function run(folders: readonly string[], { yes }: Options, session: Session): Promise<number> {
  const { removable, removeRun } = await import("../../runs/remove.js");
  const { bytesText } = await import("../../../compiler/front-end.js");
  const wordsOf = ({ folder, checkpoints, bytes }: Removable): string =>
    `${folder}: ${checkpoints} ${checkpoints === 1 ? "checkpoint" : "checkpoints"}, ${bytesText(bytes)}`;
  // All are checked before any is removed.
  const found: Removable[] = [];
  for (const folder of new Map(folders.map((named) => [resolve(named), named])).values())
    found.push(await removable(folder));
  if (yes !== true && !(await agrees(found.map(wordsOf), session))) {
    session.say("nothing was removed");
    session.give({ removed: [] });
    return exits.mistake;
  }
  const removed = [];
  for (const { folder } of found) {
    const done = await removeRun(folder);
    removed.push(done);
    session.say(`removed ${wordsOf(done)}`);
    done.left.forEach((name) => session.say(`  left: ${name}`));
  }
  session.give({ removed });
  return exits.fine;
}

/** Asks for confirmation. Throws UsageError without a terminal. */
async function agrees(words: readonly string[], { interactive, remark, stderr }: Session): Promise<boolean> {
  if (!interactive || !process.stdin.isTTY) {
    throw new UsageError("removing runs has to be confirmed, and nobody can be asked here", "add --yes");
  }
  const { createInterface } = await import("node:readline/promises");
  words.forEach((line) => remark(line));
  const asking = createInterface({ input: process.stdin, output: stderr });
  // Ctrl-C and Ctrl-D count as an empty answer.
  const closed = new Promise<string>((resolve) => asking.once("close", () => resolve("")));
  try {
    return /^y(es)?$/i.test((await Promise.race([asking.question("Remove? [y/N] "), closed])).trim());
  } finally {
    asking.close();
  }
}
