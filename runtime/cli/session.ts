// Output of a command: results on stdout, remarks and progress on stderr, colours only on a terminal. With --json, stdout holds
// JSON only. The wording is elsewhere.
import pc from "picocolors";
import { escaped, printable } from "../printable.js";

/** Functions that colour text, or return it unchanged without colours. */
export type Colours = ReturnType<typeof pc.createColors>;

/** The two streams and the environment of a command; tests pass their own. */
export interface Environment {
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Whether the process may end when its output is closed. */
  endsWithReaders: boolean;
}

/** How a command prints; the wording is the command's. */
export interface Session {
  /** Whether stdout is for programs. */
  readonly json: boolean;
  /** Whether internal errors show their stack. */
  readonly debug: boolean;
  /** Whether only results, warnings and errors are printed, without progress. */
  readonly quiet: boolean;
  /** Whether a progress bar makes sense. */
  readonly interactive: boolean;
  readonly colours: Colours;
  /** A line of the result for people; nothing with --json. */
  say(line: string): void;
  /** Text of the result, unchanged into a file or a pipe; nothing with --json. */
  write(text: string): void;
  /** A remark beside the result: warnings, progress. */
  remark(line: string): void;
  /** The result for programs, one JSON document; nothing without --json. */
  give(result: object): void;
  readonly stderr: NodeJS.WriteStream;
  /** From now on a closed output does not end the process. */
  outliveReaders(): void;
}

/** Reads the options common to all commands from the whole line, so that even a parse error obeys them. */
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

/** The values of `--log-level`: `warning` is `--quiet`, `debug` is `--debug`. */
export const logLevels = ["warning", "info", "debug"] as const;

/** Its value, in either spelling; commander rejects invalid ones. */
function levelIn(options: readonly string[]): string | undefined {
  const name = "--log-level";
  const at = options.findIndex((option) => option === name || option.startsWith(`${name}=`));
  return options[at] === name ? options[at + 1] : options[at]?.slice(name.length + 1);
}

/** Colours, line breaks and tabs: the only control characters of our own. */

const ours = /(\u001b\[(?:0|1|2|22|3[1-6]|39)m|\r?\n|\t)/;

/** Whatever file names and texts contain, they must not control the terminal. The only place where output is escaped. */
function forScreen(text: string, coloured: boolean): string {
  return text
    .split(ours)
    .map((part, i) => (i % 2 === 1 && (coloured || !part.startsWith("\u001b")) ? part : printable(part)))
    .join("");
}

/** Characters that JSON.stringify leaves unchanged and a terminal interprets. */
const unseenInJson = /[\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

function wantsColours(stream: NodeJS.WriteStream, environment: Environment["environment"]): boolean {
  if (isSet(environment["NO_COLOR"]) || environment["TERM"] === "dumb") return false;
  return stream.isTTY === true || isSet(environment["FORCE_COLOR"]);
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== "" && value !== "0";
}
