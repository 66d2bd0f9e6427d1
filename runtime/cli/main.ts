#!/usr/bin/env node
// The process of `vlmo`: arguments in, exit code out. Everything else is in program.ts, which is loaded from here.
import { hasNativeAddon, load } from "./load.js";
import type * as Program from "./program.js";

const { stdout, stderr, env: environment } = process;
const { lostOutput, runCommandLine } = loaded();
const surroundings = { stdout, stderr, environment, endsWithReaders: true };

// A reader that stops early (`vlmo plan … | head`) or a terminal that closes ends the output; the program does not crash with a
// stack trace. Nor does a full disk stop it: a training continues, and reports at its end that output was lost.
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
 * Exits once all output is written: without that, Node first finishes the garbage collection that is under way, a tenth of
 * the time of `vlmo check`. If output was lost, the `error` events above are still to come. Native addons (engines) are
 * finalized only when the process ends by itself.
 */
function endWhenWritten(): void {
  if (hasNativeAddon()) return;
  stdout.write("", (lost) => {
    if (lost) return;
    stderr.write("", (lostToo) => {
      if (!lostToo) process.exit();
    });
  });
}

function loaded(): typeof Program {
  try {
    // Boundary: bundle.js builds that file from program.ts.
    return load("./program.js") as typeof Program;
  } catch (error) {
    if (!(error instanceof Error) || !("code" in error) || error.code !== "ENOENT") throw error;
    stderr.write(
      `error: this installation of vlmo is incomplete: ${error.message}\n  = help: wait for its build to end, or install it again\n`,
    );
    return process.exit(1);
  }
}
