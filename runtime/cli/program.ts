// The command line as a table of commands. Each command's file declares its options; the compiler and the engines are imported
// when it runs, so that `vlmo --help` and `vlmo check` start fast.
import { Command, CommanderError, Option } from "commander";
import { addBuild } from "./commands/build.js";
import { addCheck } from "./commands/check.js";
import { addData } from "./commands/data.js";
import { addDiff } from "./commands/diff.js";
import { addDoctor } from "./commands/doctor.js";
import { addEval } from "./commands/eval.js";
import { addEmbed } from "./commands/embed.js";
import { addExec } from "./commands/exec.js";
import { addExport } from "./commands/export.js";
import { addExplain } from "./commands/explain.js";
import { addFmt } from "./commands/fmt.js";
import { addImport } from "./commands/import.js";
import { addInit } from "./commands/init.js";
import { addInspect } from "./commands/inspect.js";
import { addLsp } from "./commands/lsp.js";
import { addPlan } from "./commands/plan.js";
import { addPredict } from "./commands/predict.js";
import { addRehearse } from "./commands/rehearse.js";
import { addReport } from "./commands/report.js";
import { addRuns } from "./commands/runs.js";
import { addSearch } from "./commands/search.js";
import { addServe } from "./commands/serve.js";
import { addSetup } from "./commands/setup.js";
import { addShow } from "./commands/show.js";
import { addSweep } from "./commands/sweep.js";
import { addTest } from "./commands/test.js";
import { addTrain } from "./commands/train.js";
import { addView } from "./commands/view.js";
import { reasonOf } from "../errors/system-error.js";
import { exits, reportFailure } from "./failure.js";
import { createSession, logLevels, type Session, type Environment } from "./session.js";
import { type Shell, version } from "./shell.js";

/** In the order of the help. */
const commands = [
  addInit,
  addCheck,
  addExplain,
  addTest,
  addFmt,
  addShow,
  addPlan,
  addData,
  addDiff,
  addBuild,
  addRehearse,
  addTrain,
  addEval,
  addPredict,
  addEmbed,
  addSearch,
  addExport,
  addServe,
  addView,
  addReport,
  addRuns,
  addSweep,
  addImport,
  addInspect,
  addExec,
  addLsp,
  addDoctor,
  addSetup,
];

/** Runs one command line and returns its exit code. Never throws. */
export async function runCommandLine(args: readonly string[], surroundings: Environment): Promise<number> {
  const session = createSession(args, surroundings);
  const shell: Shell = { session, exit: exits.fine };
  const program = createProgram(shell, surroundings);
  try {
    await program.parseAsync([...args], { from: "user" });
    return shell.exit;
  } catch (error) {
    if (!(error instanceof CommanderError)) return reportFailure(error, session);
    return usageExit(error, { program, args }, session).catch((failed: unknown) => reportFailure(failed, session));
  }
}

/** The message, printed once, when the output of a command cannot be written. */
export function lostOutput(error: unknown): string {
  return `error: the output of this command can no longer be written: ${reasonOf(error) ?? String(error)}`;
}

/** The command and its arguments. */
interface Called {
  readonly program: Command;
  readonly args: readonly string[];
}

async function usageExit(error: CommanderError, called: Called, session: Session): Promise<number> {
  if (error.exitCode === 0) return exits.fine;
  const [first, second] = called.args;
  if (first === "help" && second !== undefined) session.remark(`error: unknown command '${second}'`);
  const help = await keyAsOption(error, called);
  if (help !== undefined) session.remark(`  ${session.colours.blue("=")} ${session.colours.cyan("help:")} ${help}`);
  const message = error.message.replace(/^error: /, "");
  session.give({ errors: [{ code: "usage", message, ...(help !== undefined && { help }) }] });
  return exits.usage;
}

/** How to set a key of a specification, for one given as an option of a command that takes `--set`: `--lr 1e-4`. */
async function keyAsOption({ message }: CommanderError, { program, args }: Called): Promise<string | undefined> {
  const [, word] = /unknown option '--([\w-]+)'/.exec(message) ?? [];
  const command = program.commands.find((each) => each.name() === args[0]);
  if (word === undefined || command?.options.some(({ long }) => long === "--set") !== true) return undefined;
  const { stageKeyMeant } = await import("../../compiler/front-end.js");
  const key = stageKeyMeant(word);
  return key === undefined ? undefined : `it is a key of a stage: --set STAGE.${key}=VALUE sets it`;
}

const description = `vlmo: mixture-of-modality-experts vision-language models, from a specification to a trained model.

A .vlmo file declares a model, its task heads and how it is trained, stage by stage.`;

const epilogue = `
Every command takes --json (results as JSON on stdout), --quiet (no progress) and --debug
(stack traces of internal errors).
\`vlmo help COMMAND\` shows a command's options with examples.

Examples:
  vlmo init photos                                  a specification for the data in a folder of your own
  vlmo check specs/quickstart.vlmo                  is the specification correct?
  vlmo test specs/tests.vlmo                        does it do what it should?
  vlmo plan specs/vlmo-base.vlmo                    how large is it, what does each stage train?
  vlmo train specs/quickstart.vlmo --out runs/one   train all stages, evaluate, write a report
  vlmo train specs/quickstart.vlmo --out runs/one --resume
  vlmo predict runs/one photo.jpg --text "a dog"    query the trained model
  vlmo exec specs/parity.vlmo --program forward --list

Exit codes: 0 success, 1 a mistake in the input, 2 a wrong command line, 70 a bug in vlmo, 130 stopped by Ctrl-C
after saving.`;

/** Builds the program; its commands write their exit code into `shell`. */
export function createProgram(shell: Shell, { stdout, stderr }: Environment): Command {
  const { colours } = shell.session;
  const program = new Command("vlmo")
    .description(description)
    .version(version(), "-V, --version", "print the version")
    .helpOption("-h, --help", "show this help")
    .helpCommand("help [command]", "show the help of a command")
    .addHelpText("after", epilogue)
    .configureOutput({
      writeOut: (text) => void stdout.write(text),
      writeErr: (text) => void stderr.write(text),
      outputError: (text, write) => write(text.replace(/^error/, colours.red(colours.bold("error")))),
    })
    // Options after the name of a command belong to that command.
    .enablePositionalOptions()
    .exitOverride();
  for (const add of commands) add(program, shell);
  const named = program.commands.flatMap((command) => [
    { command, help: `vlmo help ${command.name()}` },
    ...command.commands.map((own) => ({ command: own, help: `vlmo ${command.name()} ${own.name()} --help` })),
  ]);
  for (const { command, help } of named) {
    command
      .option("--json", "print the result as JSON")
      .option("--debug", "show the stack trace of internal errors")
      .option("--quiet", "print results, warnings and errors only")
      .addOption(new Option("--log-level <level>", "warning is --quiet, debug is --debug").choices(logLevels))
      .showHelpAfterError(`try \`${help}\``)
      .copyInheritedSettings(program)
      .showHelpAfterError(`(\`${help}\` shows its options)`);
  }
  return program.showHelpAfterError("(`vlmo --help` shows all commands)");
}
