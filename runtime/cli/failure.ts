// Reports failures: a user's mistake with code, place and remedy (exit 1), a wrong command line (2), or a bug of ours (70) with
// how to report it. The only place that turns errors into messages and exit codes.
import { dirname } from "node:path";
import type { Diagnostic, Span } from "../../grammar/index.js";
import { SpecError } from "../errors/spec-error.js";
import { systemCode } from "../errors/system-error.js";
import { mistakesIn, VlmoError, vlmoError, type Listed } from "../errors/vlmo-error.js";
import type { Session } from "./session.js";

/** Exit codes of every command. */
export const exits = { fine: 0, mistake: 1, usage: 2, internal: 70 } as const;

/** Options that parse but are invalid, alone or together: exit 2, as for any other wrong command line. */
export class UsageError extends Error {
  override readonly name = "UsageError";
  readonly code = "usage";

  constructor(
    message: string,
    readonly help: string,
  ) {
    super(message);
  }
}

/** A mistake as printed. */
interface ReportedMistake {
  readonly code: string;
  readonly message: string;
  readonly file?: string;
  readonly line?: number;
  readonly help?: string;
  /** With --json, in place of the lines of the message. */
  readonly listed?: Listed;
}

/** Mistakes printed one by one; JSON has all. */
const SHOWN = 20;

/** Reports what was thrown and returns the exit code. */
export async function reportFailure(thrown: unknown, session: Session): Promise<number> {
  try {
    return await report(await meant(thrown), session);
  } catch (error) {
    // The modules that report it are loaded on demand, and may be the missing ones.
    return report(goneFrom(error) ?? error, session);
  }
}

/** The user's mistake or the condition behind an error of the system. */
async function meant(thrown: unknown): Promise<unknown> {
  // Loaded on demand: it imports the compiler.
  if (thrown instanceof RangeError) return (await import("../memory.js")).mistakeOf(thrown);
  return goneFrom(thrown) ?? thrown;
}

/** V996 if the missing file is one of vlmo's own. */
function goneFrom(error: unknown): VlmoError | null {
  if (systemCode(error) !== "ENOENT" || !(error instanceof Error)) return null;
  if (!("path" in error) || typeof error.path !== "string" || dirname(error.path) !== import.meta.dirname) return null;
  return vlmoError("V996", { part: error.path }, { cause: error });
}

async function report(error: unknown, session: Session): Promise<number> {
  const diagnostics = error instanceof SpecError ? error.diagnostics : placedIn(error);
  const mistakes = mistakesOf(error);
  if (diagnostics.length + mistakes.length === 0) {
    tellBug(error, session);
    return exits.internal;
  }
  const json =
    diagnostics.length === 0 ? [] : (await import("./diagnostics.js")).printDiagnostics(diagnostics, session);
  mistakes.slice(0, SHOWN).forEach((mistake) => session.remark(mistakeText(mistake, session)));
  if (mistakes.length > SHOWN) session.remark(`and ${mistakes.length - SHOWN} more mistakes; --json has all of them`);
  session.give({
    ...(json.length > 0 && { diagnostics: json }),
    ...(mistakes.length > 0 && { errors: mistakes.map(forPrograms) }),
  });
  return error instanceof UsageError ? exits.usage : exits.mistake;
}

/** The items that a message lists, as an array. */
function forPrograms({ listed, ...mistake }: ReportedMistake): object {
  return listed === undefined ? mistake : { ...mistake, message: listed.summary, problems: listed.items };
}

/** A user's mistake as a diagnostic at a span of the specification; its place in another file stands beside it. */
export function diagnosticOf({ code, message, help, file, line }: VlmoError, span: Span): Diagnostic {
  const label = file !== undefined && line !== undefined ? { label: `${file}:${line}` } : {};
  return { code, severity: "error", message, span, related: [], help, ...label };
}

/** The mistakes that have a span in the specification. */
function placedIn(error: unknown): Diagnostic[] {
  if (!(error instanceof VlmoError)) return [];
  return mistakesIn(error).flatMap((mistake) => (mistake.span === null ? [] : [diagnosticOf(mistake, mistake.span)]));
}

/** The user's mistakes that have no span in a specification. */
function mistakesOf(error: unknown): ReportedMistake[] {
  if (error instanceof UsageError) return [{ code: error.code, message: error.message, help: error.help }];
  if (!(error instanceof VlmoError)) return [];
  return mistakesIn(error).flatMap(({ code, message, help, file, line, span, listed }) => {
    const place = { ...(file !== undefined && { file }), ...(line !== undefined && { line }) };
    return span === null ? [{ code, message, help, ...place, ...(listed !== undefined && { listed }) }] : [];
  });
}

function mistakeText({ code, message, file, line, help }: ReportedMistake, { colours }: Session): string {
  const lines = [
    `${colours.red(colours.bold(code === "usage" ? "error" : `error[${code}]`))}${colours.bold(`: ${message}`)}`,
  ];
  if (file !== undefined && line !== undefined) lines.push(`  ${colours.blue("-->")} ${file}:${line}`);
  if (help !== undefined) lines.push(`  ${colours.blue("=")} ${colours.cyan("help:")} ${help}`);
  return lines.join("\n");
}

function tellBug(error: unknown, session: Session): void {
  const message = error instanceof Error ? error.message : String(error);
  const { colours } = session;
  session.remark(`${colours.red(colours.bold("internal error"))}: ${message.replace(/^internal: /, "")}`);
  if (session.debug && error instanceof Error) session.remark(error.stack ?? "(no stack)");
  session.remark("This is a bug in vlmo, not in your specification. Please report it with the command line,");
  session.remark(`the specification, and what ${colours.bold("--debug")} adds to this message.`);
  session.give({ errors: [{ code: "internal", message }] });
}

/** An internal error in a request to a server, which continues. */
export function tellFailure(thrown: unknown, { debug, remark }: Session): void {
  const gone = goneFrom(thrown);
  if (gone !== null) remark(`error[${gone.code}]: ${gone.message}; the request was answered with 500`);
  else tellInternal(thrown, { debug, remark });
}

function tellInternal(error: unknown, { debug, remark }: Pick<Session, "debug" | "remark">): void {
  const { message, stack } = error instanceof Error ? error : { message: String(error), stack: undefined };
  remark(`internal error: ${message.replace(/^internal: /, "")}; the request was answered with 500`);
  if (debug && stack !== undefined) remark(stack);
}
