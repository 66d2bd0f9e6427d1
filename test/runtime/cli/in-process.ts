// The command line run in this process, with its output captured as text.
import { PassThrough } from "node:stream";
import { WriteStream } from "node:tty";
import { runCommandLine } from "../../../runtime/cli/program.js";
import { createSession, type Session, type Environment } from "../../../runtime/cli/session.js";

interface Heard {
  stdout: string;
  stderr: string;
}

/** The streams and environment of a session, whose output is captured in `text`. */
export function surroundings(text: Heard, environment: Record<string, string>): Environment {
  const stream = (name: keyof Heard): WriteStream => {
    const sink = new PassThrough();
    sink.setEncoding("utf8").on("data", (part: string) => (text[name] += part));
    return Object.assign(Object.create(WriteStream.prototype), { write: sink.write.bind(sink), isTTY: false });
  };
  return { stdout: stream("stdout"), stderr: stream("stderr"), environment, endsWithReaders: true };
}

/** A session whose output is captured in `text`. */
export function listen(
  args: readonly string[],
  environment: Record<string, string> = {},
): { text: Heard; session: Session } {
  const text = { stdout: "", stderr: "" };
  return { text, session: createSession(args, surroundings(text, environment)) };
}

/** Runs a command line in this process, in a folder if given; saves the start of a process. One at a time. */
export async function inProcess(
  args: readonly string[],
  folder?: string,
  environment: Record<string, string> = {},
): Promise<Heard & { exit: number }> {
  const text = { stdout: "", stderr: "" };
  const before = process.cwd();
  process.chdir(folder ?? before);
  try {
    const exit = await runCommandLine(args, surroundings(text, environment));
    return { exit, ...text };
  } finally {
    process.chdir(before);
  }
}
