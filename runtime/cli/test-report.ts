// Output of tests: a line for each block under its file, failures with their locations below it, and a summary.
import { renderAll, renderJson, type Diagnostic } from "../../grammar/index.js";
import { painterOf } from "./diagnostics.js";
import type { Session } from "./session.js";
import type { BlockResult, TestListener } from "./test-files.js";

/** A listener that prints and collects results. */
export interface TestReport {
  readonly listener: TestListener;
  readonly results: readonly BlockResult[];
  /** The last lines, and the document with --json. */
  end(seconds: number): void;
}

/** Prints through the session; JSON is given once at the end. */
export function createTestReport(session: Session): TestReport {
  const results: BlockResult[] = [];
  const recorded: string[] = [];
  const { colours } = session;
  const show = (diagnostics: readonly Diagnostic[]): void => {
    session.say(`\n${renderAll(diagnostics, painterOf(colours))}\n`);
  };
  return {
    results,
    listener: {
      warned: show,
      recorded: (file) => void recorded.push(file),
      done: (result) => {
        if (results.at(-1)?.file !== result.file) session.say(colours.bold(result.file));
        results.push(result);
        session.say(blockLine(result, session));
        if (result.failures.length > 0) show(result.failures);
      },
    },
    end: (seconds) => {
      for (const file of recorded) session.say(colours.dim(`recorded traces → ${file}`));
      session.say(summary(results, seconds, session));
      session.give(document(results, recorded, seconds));
    },
  };
}

function blockLine({ kind, title, seconds, failures }: BlockResult, { colours }: Session): string {
  const mark = failures.length === 0 ? colours.green("✓") : colours.red("✗");
  const time = seconds === null ? "" : `  ${colours.dim(secondsText(seconds))}`;
  const errors = failures.filter(({ severity }) => severity === "error").length;
  if (kind === "file") return `  ${mark} not tested: ${errors} error${errors === 1 ? "" : "s"}`;
  return `  ${mark} ${title}${time}`;
}

/** `3 ms`, `1.24 s`, `75.0 s`. */
function secondsText(seconds: number): string {
  if (seconds < 1) return `${Math.max(1, Math.round(seconds * 1000))} ms`;
  return `${seconds.toFixed(seconds < 10 ? 2 : 1)} s`;
}

function summary(results: readonly BlockResult[], seconds: number, { colours }: Session): string {
  const blocks = results.filter(({ kind }) => kind !== "file");
  const failed = blocks.filter(({ failures }) => failures.length > 0).length;
  const files = results.length - blocks.length;
  const parts = [
    colours.green(`${blocks.length - failed} passed`),
    failed > 0 ? colours.red(`${failed} failed`) : [],
    files > 0 ? colours.red(`${files} file${files === 1 ? "" : "s"} with errors`) : [],
  ].flat();
  const gap = (results.at(-1)?.failures.length ?? 0) > 0 ? "" : "\n";
  return `${gap}${parts.join(", ")}  ${colours.dim(secondsText(seconds))}`;
}

function document(results: readonly BlockResult[], recorded: readonly string[], seconds: number): object {
  return {
    passed: results.filter(({ failures }) => failures.length === 0).length,
    failed: results.filter(({ failures }) => failures.length > 0).length,
    seconds,
    recorded,
    results: results.map((result) => ({
      ...result,
      status: result.failures.length === 0 ? "passed" : "failed",
      failures: result.failures.map(renderJson),
    })),
  };
}
