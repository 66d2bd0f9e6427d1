// Diagnostics on the terminal and in JSON: the output of grammar/render.ts, coloured for a terminal.
import { renderAll, renderJson, type Diagnostic, type JsonDiagnostic, type Painter } from "../../grammar/index.js";
import type { Colours, Session } from "./session.js";

/** Prints diagnostics (on stderr, unless --json), and returns their JSON form. */
export function printDiagnostics(diagnostics: readonly Diagnostic[], session: Session): JsonDiagnostic[] {
  if (!session.json && diagnostics.length > 0)
    session.remark(`${renderAll(diagnostics, painterOf(session.colours))}\n`);
  return diagnostics.map(renderJson);
}

/** Diagnostics in the colours of a session. */
export function painterOf(colours: Colours): Painter {
  return {
    severity: (severity, text) => colours.bold(severity === "error" ? colours.red(text) : colours.yellow(text)),
    title: colours.bold,
    frame: colours.blue,
    related: colours.blue,
    help: colours.cyan,
  };
}
