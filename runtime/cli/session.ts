// What a command says and where: results on stdout, remarks and progress on stderr, colours only on a terminal. With
// --json, stdout holds JSON and nothing else. Decides no wording.
import pc from "picocolors";

export type Colours = ReturnType<typeof pc.createColors>;

/** The two streams and the environment a command runs with; tests give their own. */
export interface Surroundings {
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Whether the process may end when nobody reads its results any more. */
  endsWithReaders: boolean;
}

export interface Session {
  /** Whether stdout is for programs. */
  readonly json: boolean;
  /** Whether internal errors show their stack. */
  readonly debug: boolean;
  /** Whether a progress bar makes sense. */
  readonly interactive: boolean;
  readonly colours: Colours;
  /** A line of the result for people; nothing with --json. */
  say(line: string): void;
  /** Text of the result as it is; nothing with --json. */
  write(text: string): void;
  /** A remark beside the result: warnings, what is going on. */
  remark(line: string): void;
  /** The result for programs, one JSON document; nothing without --json. */
  give(result: object): void;
  readonly stderr: NodeJS.WriteStream;
  /** From now on the process goes on though nobody reads what it says. */
  outliveReaders(): void;
}

/** Reads the options that every command has from the whole line, so that even a failure to parse it obeys them. */
export function createSession(args: readonly string[], surroundings: Surroundings): Session {
  const { stdout, stderr, environment } = surroundings;
  const end = args.indexOf("--");
  const options = end < 0 ? args : args.slice(0, end);
  const json = options.includes("--json");
  const debug = options.includes("--debug") || isSet(environment["VLMO_DEBUG"]);
  return {
    json,
    debug,
    interactive: !json && stderr.isTTY === true && environment["CI"] === undefined,
    colours: pc.createColors(wantsColours(stderr, environment)),
    say: (line) => {
      if (!json) stdout.write(`${line}\n`);
    },
    write: (text) => {
      if (!json) stdout.write(text);
    },
    remark: (line) => {
      stderr.write(`${line}\n`);
    },
    give: (result) => {
      if (json) stdout.write(`${JSON.stringify(result)}\n`);
    },
    stderr,
    outliveReaders: () => {
      surroundings.endsWithReaders = false;
    },
  };
}

function wantsColours(stream: NodeJS.WriteStream, environment: Surroundings["environment"]): boolean {
  if (isSet(environment["NO_COLOR"]) || environment["TERM"] === "dumb") return false;
  return stream.isTTY === true || isSet(environment["FORCE_COLOR"]);
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== "" && value !== "0";
}
