// What a command says and where: results on stdout, remarks and progress on stderr, colours only on a terminal. With
// --json, stdout holds JSON and nothing else. Decides no wording.
import pc from "picocolors";
import { escaped, printable } from "../printable.js";

/** Functions that paint, or leave text as it is where there are no colours. */
export type Colours = ReturnType<typeof pc.createColors>;

/** The two streams and the environment a command runs with; tests give their own. */
export interface Environment {
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Whether the process may end when nobody reads its results any more. */
  endsWithReaders: boolean;
}

/** How a command prints; the wording is the command's. */
export interface Session {
  /** Whether stdout is for programs. */
  readonly json: boolean;
  /** Whether internal errors show their stack. */
  readonly debug: boolean;
  /** Whether only results, warnings and errors are said, and nothing of how it goes. */
  readonly quiet: boolean;
  /** Whether a progress bar makes sense. */
  readonly interactive: boolean;
  readonly colours: Colours;
  /** A line of the result for people; nothing with --json. */
  say(line: string): void;
  /** Text of the result, into a file or a pipe as it is; nothing with --json. */
  write(text: string): void;
  /** A remark beside the result: warnings, what is going on. */
  remark(line: string): void;
  /** The result for programs, one JSON document; nothing without --json. */
  give(result: object): void;
  readonly stderr: NodeJS.WriteStream;
  /** From now on a closed output does not end the process. */
  outliveReaders(): void;
}

/** Reads the options that every command has from the whole line, so that even a failure to parse it obeys them. */
export function createSession(args: readonly string[], surroundings: Environment): Session {
  const { stdout, stderr, environment } = surroundings;
  const end = args.indexOf("--");
  const options = end < 0 ? args : args.slice(0, end);
  const json = options.includes("--json");
  const level = levelIn(options);
  const debug = options.includes("--debug") || level === "debug" || isSet(environment["VLMO_DEBUG"]);
  const coloured = wantsColours(stderr, environment);
  const shown = (text: string): string => forScreen(text, coloured);
  return {
    json,
    debug,
    quiet: options.includes("--quiet") || level === "warning",
    interactive: !json && stderr.isTTY === true && environment["CI"] === undefined,
    colours: pc.createColors(coloured),
    say: (line) => {
      if (!json) stdout.write(`${shown(line)}\n`);
    },
    write: (text) => {
      if (!json) stdout.write(stdout.isTTY ? shown(text) : text);
    },
    remark: (line) => {
      stderr.write(`${shown(line)}\n`);
    },
    give: (result) => {
      if (json) stdout.write(`${JSON.stringify(result).replace(unseenInJson, escaped)}\n`);
    },
    stderr,
    outliveReaders: () => {
      surroundings.endsWithReaders = false;
    },
  };
}

/** What `--log-level` takes: `warning` is `--quiet`, `debug` is `--debug`. */
export const logLevels = ["warning", "info", "debug"] as const;

/** Its value, in either way of writing it; commander refuses what is none. */
function levelIn(options: readonly string[]): string | undefined {
  const name = "--log-level";
  const at = options.findIndex((option) => option === name || option.startsWith(`${name}=`));
  return options[at] === name ? options[at + 1] : options[at]?.slice(name.length + 1);
}

/** The colours of a session, and line breaks: the only control characters that are ours. */

const ours = /(\u001b\[(?:0|1|2|22|3[1-6]|39)m|\r?\n|\t)/;

/** Whatever a file's names and texts hold, nothing of it steers the terminal. The one place where output is made so. */
function forScreen(text: string, coloured: boolean): string {
  return text
    .split(ours)
    .map((part, i) => (i % 2 === 1 && (coloured || !part.startsWith("\u001b")) ? part : printable(part)))
    .join("");
}

/** What JSON.stringify leaves as it is and a terminal obeys. */
const unseenInJson = /[\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

function wantsColours(stream: NodeJS.WriteStream, environment: Environment["environment"]): boolean {
  if (isSet(environment["NO_COLOR"]) || environment["TERM"] === "dumb") return false;
  return stream.isTTY === true || isSet(environment["FORCE_COLOR"]);
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== "" && value !== "0";
}
