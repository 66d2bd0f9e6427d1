// `vlmo inspect`: the contents of a checkpoint, a run, or a foreign file of weights.
import type { Command } from "commander";
import { exits } from "../failure.js";
import type { Shell } from "../shell.js";
import type { Session } from "../session.js";

const examples = `
Shows the kind of file, the layout recognised from its key names with the model sizes that follow
from the shapes, entries that are not tensors, and every tensor; identical layers share a line.
Only headers are read, unless --values is given. No code in a file is ever run.

Examples:
  vlmo inspect vlmo_base.pt                     another program's file
  vlmo inspect beit-base/                       a folder with model.safetensors, or shards and their index
  vlmo inspect runs/quickstart                  a run: its checkpoints with their metrics
  vlmo inspect runs/quickstart/checkpoints/pairs-0000150
  vlmo inspect imported --values                smallest, largest, mean; NaN and infinite
  vlmo inspect vlmo_base.pt --all --json`;

interface InspectOptions {
  readonly all?: true;
  readonly values?: true;
}

/** Adds `vlmo inspect`. */
export function addInspect(program: Command, shell: Shell): void {
  program
    .command("inspect")
    .summary("show what is in a checkpoint, a run or a file of tensors")
    .description("Show what is in a checkpoint, a run, a .safetensors or .pt file, or a checkpoint in several files.")
    .argument("<file>", "a file or a folder")
    .option("--all", "a line for every tensor, even where layers are alike")
    .option("--values", "read the tensors and show statistics of their values")
    .addHelpText("after", examples)
    .action(async (file: string, options: InspectOptions) => {
      shell.exit = await run(file, options, shell.session);
    });
}

async function run(file: string, { all, values }: InspectOptions, session: Session): Promise<number> {
  const { inspect } = await import("../../checkpoint/index.js");
  const { inspectionText } = await import("../inspection-text.js");
  const inspection = await inspect(file, { values: values ?? false });
  session.say(inspectionText(inspection, all ?? false).join("\n"));
  session.give(inspection);
  return exits.fine;
}
