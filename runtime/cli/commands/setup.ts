// `vlmo setup`: installs an engine's dependencies outside vlmo, at the user's request.
import type { Command } from "commander";
import { exits } from "../failure.js";
import type { Session } from "../session.js";
import type { Shell } from "../shell.js";

const whole = `
Only the named engine needs this. Packages go into a separate Python virtual environment under VLMO_HOME
(default: .vlmo in your home folder), from the index that pip is configured for. Run again, it installs what
is still missing.`;

const torchExamples = `${whole}

Examples:
  vlmo setup torch
  vlmo setup torch --python python3.12
  vlmo setup torch -- --index-url URL      options after -- go to \`pip install\`
  vlmo train specs/quickstart.vlmo --engine torch`;

const tensorflowExamples = `${whole}

The package @tensorflow/tfjs-node (with --gpu: tfjs-node-gpu), which you install with npm, is then compiled
against the C library of that TensorFlow. This needs a C++ compiler and half a minute. Linux only.

Examples:
  vlmo setup tensorflow
  vlmo setup tensorflow --gpu
  vlmo train specs/quickstart.vlmo --engine tfjs --backend node`;

interface Options {
  readonly python: string;
  readonly gpu?: true;
}

/** Adds `vlmo setup`. */
export function addSetup(program: Command, shell: Shell): void {
  const setup = program
    .command("setup")
    .summary("install what an engine needs")
    .description("Install what an engine needs besides vlmo. `vlmo doctor` shows what works, and what is missing.")
    .helpCommand(false);
  addOne(setup, "torch", "PyTorch, for --engine torch", torchExamples).action(
    async (pip: readonly string[], options: Options) => {
      shell.exit = await torch(pip, options, shell.session);
    },
  );
  addOne(setup, "tensorflow", "TensorFlow, for --engine tfjs --backend node", tensorflowExamples)
    .option("--gpu", "for --backend node-gpu: with the CUDA libraries")
    .action(async (pip: readonly string[], options: Options) => {
      shell.exit = await tensorflow(pip, options, shell.session);
    });
}

function addOne(setup: Command, name: string, what: string, help: string): Command {
  return setup
    .command(name)
    .summary(`install ${what}`)
    .description(`Install ${what}.`)
    .argument("[pip...]", "options of `pip install`, after --")
    .option("--python <command>", "the Python to create the virtual environment with", "python3")
    .addHelpText("after", help);
}

async function torch(pip: readonly string[], { python }: Options, session: Session): Promise<number> {
  const { setupTorch } = await import("../../setup/torch.js");
  const installed = await setupTorch({ python, pip }, session.remark);
  session.say(`PyTorch is in ${installed}, where --engine torch finds it. \`vlmo doctor --engine torch\` tries it.`);
  session.give({ python: installed });
  return exits.fine;
}

async function tensorflow(pip: readonly string[], { python, gpu }: Options, session: Session): Promise<number> {
  const { setupTensorflow } = await import("../../setup/tensorflow.js");
  const binding = await setupTensorflow({ python, pip, gpu: gpu ?? false }, session.remark);
  session.say(`The binding is ${binding}. \`vlmo doctor --engine tfjs\` tries it.`);
  session.give({ binding });
  return exits.fine;
}
