#!/usr/bin/env node
// The process of `vlmo`: arguments in, exit code out. Everything else is in program.ts, which is loaded after this.
import { load } from "./load.js";
import type * as Program from "./program.js";

// A reader that stops early (`vlmo plan … | head`) ends the output, not the program with a stack trace.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
});

// Boundary: bundle.js makes that file of program.ts.
const { runCommandLine } = load("./program.js") as typeof Program;

void runCommandLine(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  environment: process.env,
}).then((exit) => (process.exitCode = exit));
