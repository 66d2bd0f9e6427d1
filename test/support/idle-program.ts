// The command line with commands that do nothing, to test whether a command line parses.
import type { Command } from "commander";
import { exits } from "../../runtime/cli/failure.js";
import { createProgram } from "../../runtime/cli/program.js";
import { listen, surroundings } from "../runtime/cli/in-process.js";

/** A program whose commands do nothing; it parses one line. */
export function idleProgram(): Command {
  const { text, session } = listen([]);
  const program = createProgram({ session, exit: exits.fine }, surroundings(text, {}));
  const idle = (command: Command): void => {
    command.action(() => undefined);
    command.commands.forEach(idle);
  };
  program.commands.forEach(idle);
  return program;
}

/** The words of a line as split by a shell, without comments, up to a pipe or redirection. */
export function wordsOf(line: string): string[] {
  const own = line.replace(/\s#.*$/, "").split(/ [|>] /)[0] ?? "";
  const words = own.match(/(?:[^\s"']|"[^"]*"|'[^']*')+/g) ?? [];
  return words.map((word) => word.replaceAll(/["']/g, ""));
}
