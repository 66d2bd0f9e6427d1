// What went wrong, told: a user's mistake with code, place and remedy (exit 1), a wrong command line (2), or a bug of
// ours (70) with how to report it. The one place that turns errors into words and exit codes.
import type { Diagnostic, Span } from "../../grammar/index.js";
import { VlmoError } from "../vlmo-error.js";
import type { Session } from "./session.js";

/** Exit codes of every command. */
export const exits = { fine: 0, mistake: 1, usage: 2, internal: 70, interrupted: 130 } as const;

/** The specification has errors; they are told as diagnostics. */
export class SpecRejected extends Error {
  override readonly name = "SpecRejected";

  constructor(readonly diagnostics: readonly Diagnostic[]) {
    super("the specification has errors");
  }
}

/** Options that parse and make no sense together: exit 2, as for any other wrong command line. */
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

/** A mistake as it is told. */
interface Told {
  readonly code: string;
  readonly message: string;
  readonly file?: string;
  readonly line?: number;
  readonly help?: string;
}

/** Tells `error` and returns the exit code. */
export async function tellFailure(error: unknown, session: Session): Promise<number> {
  const placed = error instanceof VlmoError ? diagnosticOf(error) : undefined;
  const diagnostics = error instanceof SpecRejected ? error.diagnostics : placed && [placed];
  if (diagnostics !== undefined) {
    const { tellDiagnostics } = await import("./diagnostics.js");
    session.give({ diagnostics: tellDiagnostics(diagnostics, session) });
    return exits.mistake;
  }
  const told = mistakesOf(error);
  if (told.length > 0) {
    told.forEach((mistake) => session.remark(mistakeText(mistake, session)));
    session.give({ errors: told });
    return error instanceof UsageError ? exits.usage : exits.mistake;
  }
  tellBug(error, session);
  return exits.internal;
}

/** A user's mistake as a diagnostic, at `place` where the error knows no line of the specification itself. */
export function diagnosticOf(
  { code, message, help, span }: VlmoError,
  place: Span | null = null,
): Diagnostic | undefined {
  const at = span ?? place;
  return at === null ? undefined : { code, severity: "error", message, span: at, related: [], help };
}

/** The mistakes an error stands for; empty for what is no user's mistake. */
function mistakesOf(error: unknown): Told[] {
  if (error instanceof UsageError) return [{ code: error.code, message: error.message, help: error.help }];
  if (!(error instanceof VlmoError)) return [];
  const { code, message, help, file, line, others } = error;
  const place = { ...(file !== undefined && { file }), ...(line !== undefined && { line }) };
  return [{ code, message, help, ...place }, ...others.flatMap(mistakesOf)];
}

function mistakeText({ code, message, file, line, help }: Told, { colours }: Session): string {
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
  session.remark("This is a bug of vlmo, not of your specification. Please report it with the command line,");
  session.remark(`the specification, and what ${colours.bold("--debug")} adds to this message.`);
  session.give({ errors: [{ code: "internal", message }] });
}
