// Runs the built command line as a child process, as a user would.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../../../", import.meta.url));
const main = join(root, "dist/bundle/main.js");

export interface Outcome {
  readonly exit: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** What stdin holds. */
  readonly input?: string;
  /** Called with everything written so far to stdout; may send a signal, or stop reading what the process says. */
  readonly watch?: (stdout: string, kill: (signal: NodeJS.Signals) => void, deafen: () => void) => void;
  /** The largest file that the process may write, in KiB: a stand-in for a disk that is full. Not on Windows. */
  readonly fileLimit?: number;
  /** What is said goes to a disk that is full. On Linux alone. */
  readonly toFullDisk?: boolean;
  /** After so many milliseconds stdout begins to be read. */
  readonly readAfter?: number;
}

/** Runs `vlmo` with arguments. Needs the build (`npm test` makes it first). */
export function vlmo(
  args: readonly string[],
  { cwd = root, environment = {}, input, watch, fileLimit, toFullDisk = false, readAfter }: RunOptions = {},
): Promise<Outcome> {
  if (!existsSync(main)) throw new Error(`${main} is missing: run \`npm run build\` first`);
  return new Promise((resolve, reject) => {
    const inherited = { ...process.env };
    delete inherited["FORCE_COLOR"]; // vitest sets it for its own output
    const words = [process.execPath, main, ...args];
    const limit = fileLimit === undefined ? "" : `ulimit -f ${fileLimit}; `;
    const script = `${limit}exec "$0" "$@"${toFullDisk ? " > /dev/full" : ""}`;
    const isPlain = fileLimit === undefined && !toFullDisk;
    const [program = "", ...rest] = isPlain ? words : ["bash", "-c", script, ...words];
    const child = spawn(program, rest, { cwd, env: { ...inherited, ...environment } });
    child.stdin.end(input);
    const deafen = (): void => void [child.stdout, child.stderr].forEach((stream) => stream.destroy());
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
      watch?.(stdout, (signal) => child.kill(signal), deafen);
    });
    if (readAfter !== undefined) {
      child.stdout.pause();
      setTimeout(() => child.stdout.resume(), readAfter);
    }
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    child.on("error", reject);
    child.on("close", (exit) => resolve({ exit, stdout, stderr }));
  });
}
