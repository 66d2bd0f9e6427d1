// `vlmo runs diff`: compares two runs in settings and results.
import type { Command } from "commander";
import { exits } from "../failure.js";
import { path } from "../options.js";
import type { Shell } from "../shell.js";

const examples = `
Compares the specifications in meaning, as \`vlmo diff\` does, from the runs' checkpoints; then options,
the last value of each metric with its step, the \`best\` of each stage, and its steps, times and last
losses.

Examples:
  vlmo runs diff runs/a runs/b
  vlmo runs diff runs/a runs/b --json`;

/** Adds `vlmo runs diff`. */
export function addRunsDiff(runs: Command, shell: Shell): void {
  runs
    .command("diff")
    .summary("compare two runs")
    .description("Compare two runs: specifications, options and results.")
    .argument("<run>", "a run folder", path)
    .argument("<other>", "another one", path)
    .addHelpText("after", examples)
    .action(async (before: string, after: string) => {
      const { compareRuns } = await import("../../runs/compare.js");
      const { comparisonLines } = await import("../comparison-text.js");
      const { remarkLeftOut } = await import("../runs-text.js");
      const { session } = shell;
      const comparison = await compareRuns(before, after);
      comparisonLines(comparison, session.colours).forEach((line) => session.say(line));
      const { leftOut } = comparison;
      remarkLeftOut({ folder: before, leftOut: leftOut.before }, session);
      remarkLeftOut({ folder: after, leftOut: leftOut.after }, session);
      session.give(comparison);
      shell.exit = exits.fine;
    });
}
