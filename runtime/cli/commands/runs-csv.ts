// `vlmo runs csv`: the curves of a run as a table.
import type { Command } from "commander";
import { exits } from "../failure.js";
import { path } from "../options.js";
import type { Shell } from "../shell.js";

const examples = `
A row for each step: stage, step, lr, gradient_norm, items_per_second, seconds, data_seconds, a column
for each loss, and one for each metric, filled at the steps after which it was measured. The gradient
norm is recorded where the optimizer clips (\`clip\`), and empty elsewhere.

Examples:
  vlmo runs csv runs/quickstart > curves.csv
  vlmo runs csv runs/quickstart --out curves.csv`;

/** Adds `vlmo runs csv`. */
export function addRunsCsv(runs: Command, shell: Shell): void {
  runs
    .command("csv")
    .summary("print a run's curves as CSV")
    .description("Print the curves of a run as CSV: losses, learning rate, gradient norm, throughput, metrics.")
    .argument("<run>", "the run folder", path)
    .option("--out <file>", "write it there instead", path)
    .addHelpText("after", examples)
    .action(async (folder: string, { out }: { readonly out?: string }) => {
      const { csvLines } = await import("../../runs/csv.js");
      const { readRun } = await import("../../report/run.js");
      const { writeTextAtomically } = await import("../../formats/atomic.js");
      const { remarkLeftOut } = await import("../runs-text.js");
      const { session } = shell;
      const run = await readRun(folder);
      remarkLeftOut(run, session);
      const lines = csvLines(run);
      if (out === undefined) session.write(`${lines.join("\n")}\n`);
      else {
        await writeTextAtomically(out, `${lines.join("\n")}\n`);
        session.say(`${lines.length - 1} steps → ${out}`);
      }
      session.give({ run: folder, steps: lines.length - 1, ...(out === undefined ? { csv: lines } : { out }) });
      shell.exit = exits.fine;
    });
}
