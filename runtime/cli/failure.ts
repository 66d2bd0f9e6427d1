// What went wrong, told: a user's mistake with code, place and remedy (exit 1), a wrong command line (2), or a bug of
// ours (70) with how to report it. The one place that turns errors into words and exit codes.
import type { Diagnostic, Span } from "../../grammar/index.js";
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
  if (error instanceof SpecRejected) {
    const { tellDiagnostics } = await import("./diagnostics.js");
    session.give({ diagnostics: tellDiagnostics(error.diagnostics, session) });
    return exits.mistake;
  }
  const placed = error instanceof Error ? diagnosticOf(error) : undefined;
  if (placed !== undefined) return tellFailure(new SpecRejected([placed]), session);
  const told = error instanceof Error ? mistakesOf(error) : [];
  if (told.length > 0) {
    told.forEach((mistake) => session.remark(mistakeText(mistake, session)));
    session.give({ errors: told });
    return error instanceof UsageError ? exits.usage : exits.mistake;
  }
  tellBug(error, session);
  return exits.internal;
}

/** A user's mistake as a diagnostic, at `place` where the error knows no line of the specification itself. */
export function diagnosticOf(error: Error, place?: Span): Diagnostic | undefined {
  const [mistake] = mistakesOf(error);
  const span = field(error, "span") ?? place;
  if (mistake === undefined || !isSpan(span)) return undefined;
  const { code, message, help } = mistake;
  return { code, severity: "error", message, span, related: [], ...(help === undefined ? {} : { help }) };
}

function isSpan(value: unknown): value is Span {
  return typeof value === "object" && value !== null && "file" in value && "start" in value && "end" in value;
}

/** The mistakes an error stands for: typed errors carry a code and a way out. Empty for anything else. */
function mistakesOf(error: Error): Told[] {
  const code = text(error, "code");
  const help = text(error, "help") ?? text(error, "remedy");
  if (code === undefined || help === undefined) return [];
  const line = field(error, "line");
  const file = text(error, "file");
  const others = field(error, "others");
  return [
    {
      code,
      message: error.message,
      help,
      ...(file === undefined ? {} : { file }),
      ...(typeof line === "number" ? { line } : {}),
    },
    ...(Array.isArray(others) ? others.flatMap((other) => (other instanceof Error ? mistakesOf(other) : [])) : []),
  ];
}

function field(error: Error, name: string): unknown {
  return name in error ? Reflect.get(error, name) : undefined;
}

function text(error: Error, name: string): string | undefined {
  const value = field(error, name);
  return typeof value === "string" ? value : undefined;
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
