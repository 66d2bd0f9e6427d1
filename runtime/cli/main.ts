#!/usr/bin/env node
// The process of `vlmo`: arguments in, exit code out. Everything else is in program.ts, which is loaded after this.
import { load } from "./load.js";
import type * as Program from "./program.js";

// Boundary: bundle.js makes that file of program.ts.
const { runCommandLine } = load("./program.js") as typeof Program;

const { stdout, stderr, env: environment } = process;
const surroundings = { stdout, stderr, environment, endsWithReaders: true };

// A reader that stops early (`vlmo plan … | head`) or a terminal that closes ends the output, not the program with a
// stack trace.
for (const stream of [stdout, stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE" && error.code !== "EIO") throw error;
    if (stream === stdout && surroundings.endsWithReaders) process.exit(0);
  });
}

// eslint-disable-next-line @typescript-eslint/no-floating-promises -- a bug of ours ends the process
runCommandLine(process.argv.slice(2), surroundings).then((exit) => (process.exitCode = exit));
