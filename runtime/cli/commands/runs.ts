// `vlmo runs`: lists runs and their state.
import type { Command } from "commander";
import { VlmoError } from "../../errors/vlmo-error.js";
import type { RunSummary } from "../../runs/summary.js";
import { exits } from "../failure.js";
import { path } from "../options.js";
import type { Shell } from "../shell.js";
import type { Session } from "../session.js";
import { addRunsCsv } from "./runs-csv.js";
import { addRunsDiff } from "./runs-diff.js";
import { addRunsRm } from "./runs-rm.js";

const examples = `
One line for each run in the folder and below it: the stage reached (n of m), the result (the value
of the stage's \`best\`, or the first metric of the last evaluation), the training time, and how long
ago its last session began. A run is

  training   in progress                       failed    ended by an error, which is shown below
  finished   all its stages are done           killed    ended without an error; --resume continues it
  stopped    by Ctrl-C; --resume continues it  empty     nothing was started

Examples:
  vlmo runs
  vlmo runs runs/sweeps --json
  vlmo runs diff runs/a runs/b
  vlmo runs csv runs/a > curves.csv
  vlmo runs rm runs/a runs/b --yes`;

/** Adds `vlmo runs`. */
export function addRuns(program: Command, shell: Shell): void {
  const command = program
    .command("runs")
    .summary("list, compare and remove runs")
    .description("List the runs in a folder.")
    .argument("[folder]", "a folder of runs, or a run (default: runs)", path)
    .addHelpText("after", examples)
    .action(async (folder: string | undefined) => {
      const { isFolder } = await import("../../formats/regular-file.js");
      const none = folder === undefined && !(await isFolder(usual));
      shell.exit = none ? tellNone(shell.session) : await run(folder ?? usual, shell.session);
    });
  command.helpCommand(false);
  for (const add of [addRunsDiff, addRunsCsv, addRunsRm]) add(command, shell);
}

const usual = "runs";

/** Says that nothing has been trained yet. */
function tellNone(session: Session): number {
  session.say(`no runs in ${usual}`);
  session.give({ runs: [], unread: [] });
  return exits.fine;
}

async function run(folder: string, session: Session): Promise<number> {
  const { findRuns } = await import("../../runs/find.js");
  const { remarkLeftOut, runNotes, runsTable } = await import("../runs-text.js");
  const { colours } = session;
  const runs: RunSummary[] = [];
  const unread: VlmoError[] = [];
  for (const found of await findRuns(folder)) {
    const read = await summaryOrWhy(found);
    if (read instanceof VlmoError) unread.push(read);
    else runs.push(read);
  }
  const [head = "", ...rows] = runsTable(runs, folder, new Date());
  if (runs.length === 0) session.say(`no runs in ${folder}`);
  else [colours.dim(head), ...rows].forEach((line) => session.say(line));
  runs.flatMap(runNotes).forEach((note) => session.say(note));
  for (const read of runs) remarkLeftOut(read, session);
  unread.forEach(({ message }) => session.remark(`${colours.yellow("warning")}: ${message}`));
  session.give({ runs, unread: unread.map(({ code, message }) => ({ code, message })) });
  return exits.fine;
}

/** The summary, or the reason why it cannot be read: the other runs are listed all the same. */
async function summaryOrWhy(folder: string): Promise<RunSummary | VlmoError> {
  const { summaryOf } = await import("../../runs/summary.js");
  return summaryOf(folder).catch((error: unknown) => {
    if (error instanceof VlmoError) return error;
    throw error;
  });
}
