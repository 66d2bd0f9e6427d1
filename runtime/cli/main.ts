#!/usr/bin/env node
// The process of `vlmo`: arguments in, exit code out. Everything else is in program.ts, which is loaded after this.
import { load } from "./load.js";
import type * as Program from "./program.js";

const { stdout, stderr, env: environment } = process;
const { lostOutput, runCommandLine } = loaded();
const surroundings = { stdout, stderr, environment, endsWithReaders: true };

// A reader that stops early (`vlmo plan … | head`) or a terminal that closes ends the output, not the program with a
// stack trace. Nor does a disk without room for the output: a training goes on, and its end says that something was lost.
let isLost = false;
for (const stream of [stdout, stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    const isUnread = error.code === "EPIPE" || error.code === "EIO";
    if (isUnread && stream === stdout && surroundings.endsWithReaders) process.exit(0);
    if (isUnread || isLost) return;
    isLost = true;
    if (stream === stdout) stderr.write(`${lostOutput(error)}\n`);
  });
}
process.on("exit", (exit) => {
  if (isLost && exit === 0) process.exitCode = 1;
});

// eslint-disable-next-line @typescript-eslint/no-floating-promises -- a bug in vlmo ends the process
runCommandLine(process.argv.slice(2), surroundings).then((exit) => {
  process.exitCode = exit;
  endWhenWritten();
});

/**
 * Ends the process as soon as all output is out. By itself it would first finish the garbage collection that has begun: a
 * tenth of the time of `vlmo check`. Where output was lost, the `error` events above come first and it ends by itself.
 */
function endWhenWritten(): void {
  stdout.write("", (lost) => {
    if (lost) return;
    stderr.write("", (lostToo) => {
      if (!lostToo) process.exit();
    });
  });
}

function loaded(): typeof Program {
  try {
    // Boundary: bundle.js makes that file of program.ts.
    return load("./program.js") as typeof Program;
  } catch (error) {
    if (!(error instanceof Error) || !("code" in error) || error.code !== "ENOENT") throw error;
    stderr.write(
      `error: vlmo is not whole: ${error.message}\n  = help: wait for its build to end, or install it again\n`,
    );
    return process.exit(1);
  }
}
