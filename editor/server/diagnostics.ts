// Diagnostics of the open documents and their imports, shown a moment after the last change: each document with its version,
// and every diagnostic once, however many documents import its file.
import { DiagnosticSeverity, DiagnosticTag, type Diagnostic as Shown } from "vscode-languageserver-types";
import type { CompilerCode } from "../../compiler/front-end.js";
import type { Diagnostic } from "../../grammar/index.js";
import { locationOf, rangeOf } from "./convert.js";
import type { Host, Published } from "./host.js";
import type { Workspace } from "./workspace.js";

/** Checks documents some time after they changed. */
export interface Diagnostics {
  /** A document was changed or opened: checks it and the documents that import it. */
  changed(path: string): void;
  closed(path: string): void;
  /** Files may have changed on the disk. */
  allChanged(): void;
}

/** Milliseconds from the last letter typed to the check: longer for long texts, so that few checks are wasted. */
function pauseFor(letters: number): number {
  return 150 + letters / 800;
}

/** Diagnostics of a workspace; the first check follows the first change reported. */
export function createDiagnostics(workspace: Workspace, host: Host): Diagnostics {
  /** The diagnostics found last, by the document that was checked. */
  const found = new Map<string, readonly Diagnostic[]>();
  const read = new Map<string, ReadonlySet<string>>();
  const shown = new Map<string, string>();
  const due = new Set<string>();
  let cancel = (): void => undefined;
  const run = (): void => {
    for (const path of due) {
      const { diagnostics, paths } = workspace.check(path);
      found.set(path, diagnostics);
      read.set(path, paths);
    }
    due.clear();
    publish();
    host.refresh();
  };
  const publish = (): void => {
    const byFile = grouped([...found.values()].flat());
    for (const path of new Set([...shown.keys(), ...byFile.keys(), ...workspace.open()])) {
      const document = publishedOf(path, byFile.get(path) ?? [], workspace);
      const text = JSON.stringify(document);
      if (shown.get(path) === text) continue;
      shown.set(path, text);
      if (document.diagnostics.length === 0 && workspace.documentAt(path) === undefined) shown.delete(path);
      host.publish(document);
    }
  };
  const soon = (): void => {
    cancel();
    const letters = [...due].map((path) => workspace.documentAt(path)?.text.length ?? 0);
    cancel = host.later(run, pauseFor(Math.max(0, ...letters)));
  };
  return {
    changed: (path) => {
      due.add(path);
      for (const [other, paths] of read) if (paths.has(path)) due.add(other);
      soon();
    },
    closed: (path) => {
      for (const map of [found, read, due]) map.delete(path);
      // A closed document has its text on disk again.
      for (const [other, paths] of read) if (paths.has(path)) due.add(other);
      soon();
    },
    allChanged: () => {
      for (const path of workspace.open()) due.add(path);
      soon();
    },
  };
}

/** Diagnostics by the file they are about, without duplicates. */
function grouped(diagnostics: readonly Diagnostic[]): ReadonlyMap<string, readonly Diagnostic[]> {
  const byFile = new Map<string, Map<string, Diagnostic>>();
  for (const each of diagnostics) {
    const { file, start, end } = each.span;
    const own = byFile.get(file.path) ?? new Map<string, Diagnostic>();
    byFile.set(file.path, own.set([each.code, start, end, each.message].join("\n"), each));
  }
  return new Map([...byFile].map(([path, own]) => [path, [...own.values()]]));
}

function publishedOf(path: string, diagnostics: readonly Diagnostic[], workspace: Workspace): Published {
  const document = workspace.documentAt(path);
  return {
    uri: workspace.uriOf(path),
    ...(document === undefined ? {} : { version: document.version }),
    diagnostics: diagnostics.map((each) => shownDiagnostic(each, workspace)),
  };
}

const severities = { error: DiagnosticSeverity.Error, warning: DiagnosticSeverity.Warning } as const;

/** The codes of unused imports and params, which editors fade. */
const unused: ReadonlySet<string> = new Set(["V104", "V114"] satisfies CompilerCode[]);

/** A diagnostic as an editor shows it, with the remedy as part of the message. */
export function shownDiagnostic(
  { code, severity, message, span, label, help, related }: Diagnostic,
  { uriOf }: Pick<Workspace, "uriOf">,
): Shown {
  const lines = [message, ...(label === undefined ? [] : [label]), ...(help === undefined ? [] : [`help: ${help}`])];
  return {
    range: rangeOf(span),
    severity: severities[severity],
    code,
    source: "vlmo",
    message: lines.join("\n"),
    ...(unused.has(code) && { tags: [DiagnosticTag.Unnecessary] }),
    relatedInformation: related.map((each) => ({ location: locationOf(each.span, uriOf), message: each.message })),
  };
}
