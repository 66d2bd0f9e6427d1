// Runs the built command line as a child process.
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
  /** Contents of stdin. */
  readonly input?: string;
  /** Called with everything written to stdout so far; may send a signal or stop reading the output. */
  readonly watch?: (stdout: string, kill: (signal: NodeJS.Signals) => void, deafen: () => void) => void;
  /** File size limit of the process in KiB, to emulate a full disk. Not on Windows. */
  readonly fileLimit?: number;
  /** Sends the output to /dev/full. On Linux only. */
  readonly toFullDisk?: boolean;
  /** Delay in milliseconds before stdout is read. */
  readonly readAfter?: number;
}

/** Runs `vlmo` with arguments. Needs the build, which `npm test` makes first. */
export function vlmo(
  args: readonly string[],
  { cwd = root, environment = {}, input, watch, fileLimit, toFullDisk = false, readAfter }: RunOptions = {},
): Promise<Outcome> {
  if (!existsSync(main)) throw new Error(`${main} is missing: run \`npm run build\` first`);
  return new Promise((resolve, reject) => {
    const inherited = { ...process.env };
    delete inherited["FORCE_COLOR"]; // set by vitest for its own output
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
