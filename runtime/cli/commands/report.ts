// `vlmo report`: writes the summary of a run folder again.
import type { Command } from "commander";
import { exits } from "../failure.js";
import type { Shell } from "../shell.js";

const examples = `
Examples:
  vlmo report runs/quickstart       also while the run is in progress`;

/** Adds `vlmo report`. */
export function addReport(program: Command, shell: Shell): void {
  program
    .command("report")
    .summary("write a run's report again")
    .description("Write report.html and pictures/ of a run folder from its metrics.jsonl.")
    .argument("<run>", "the run folder")
    .addHelpText("after", examples)
    .action(async (folder: string) => {
      const { writeReport } = await import("../../report/index.js");
      const { remarkLeftOut } = await import("../runs-text.js");
      const { page, pictures, run } = await writeReport(folder);
      remarkLeftOut(run, shell.session);
      shell.session.say(`${page}\n${pictures.join("\n")}`.trimEnd());
      shell.session.give({ page, pictures });
      shell.exit = exits.fine;
    });
}
