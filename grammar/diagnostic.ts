// A message for a user, with a code, its location and a remedy. Plain values, never thrown.
// Each layer has its own catalogue of codes; `createReporter` makes a function that tsc checks against that catalogue.
// render.ts decides how a diagnostic is displayed.
import type { Span } from "./source.js";

/** Only errors prevent a specification from being used. */
export type Severity = "error" | "warning";

/** A related location that the message is about. */
export interface Related {
  readonly span: Span;
  readonly message: string;
}

/** An edit that would fix it: replace `span` with `text`. */
export interface Fix {
  readonly span: Span;
  readonly text: string;
}

/** A complete message; text and JSON (`render.ts`) are made from nothing else. */
export interface Diagnostic {
  readonly code: string;
  readonly severity: Severity;
  readonly message: string;
  readonly span: Span;
  /** Shown beside the underline of `span`. */
  readonly label?: string;
  readonly related: readonly Related[];
  readonly help?: string;
  readonly fix?: Fix;
}

/** One code: its message with placeholders, its page, and a wrong and a right spec (both are tested). */
export interface CatalogueEntry {
  readonly severity: Severity;
  readonly message: (holes: never) => string;
  /** The default remedy; without it every call must supply one. */
  readonly help?: string;
  readonly explain: string;
  readonly wrong: string;
  readonly right: string;
}

/** All messages of one step, by code. */
export type Catalogue = Readonly<Record<string, CatalogueEntry>>;

/** A remedy in words, and the edit, if a single one suffices. */
export interface Remedy {
  readonly help: string;
  readonly fix?: Fix;
}

/** Arguments of a reporter besides the code, the span and the placeholders. */
export interface DiagnosticExtra {
  readonly label?: string;
  readonly related?: readonly Related[];
  readonly help?: string;
  readonly fix?: Fix;
}

/** The named placeholders of a catalogue entry's message. */
export type Holes<Entry> = Entry extends { readonly message: (holes: infer Names) => string } ? Names : never;

/** Arguments besides code, span and placeholders: a help is required if the catalogue has none for the code. */
type Extra<Entry> = Entry extends { readonly help: string }
  ? [extra?: DiagnosticExtra]
  : [extra: DiagnosticExtra & { readonly help: string }];

/** Makes the diagnostics of one catalogue: a misspelt code, a forgotten placeholder or a missing help does not compile. */
export type Reporter<C extends Catalogue> = <Code extends keyof C & string>(
  code: Code,
  span: Span,
  holes: Holes<C[Code]>,
  ...extra: Extra<C[Code]>
) => Diagnostic;

/** A message with placeholders: `` text`\`${"name"}\` is not known` ``. */
export function text<const Names extends readonly string[]>(
  parts: TemplateStringsArray,
  ...names: Names
): (holes: Readonly<Record<Names[number], string | number>>) => string {
  return (holes) => {
    const values: Readonly<Record<string, string | number>> = holes;
    return parts.reduce((before, part, i) => `${before}${shortened(values[names[i - 1] ?? ""] ?? "")}${part}`);
  };
}

/** User input may be a name of a million letters: a message shows its beginning and its end. */
function shortened(value: string | number): string {
  const said = String(value);
  return said.length <= 600 ? said : `${said.slice(0, 300)}…${said.slice(-100)}`;
}

/** Makes the reporter of one catalogue; see `Reporter`. */
export function createReporter<const C extends Catalogue>(catalogue: C): Reporter<C> {
  return (code, span, holes, ...[extra]) => {
    const entry = catalogue[code];
    if (entry === undefined) throw new Error(`internal: no catalogue entry ${code}`);
    // Boundary: `Holes` ties the placeholders to this code's message at every call, which tsc cannot follow
    // through the index.
    const message = entry.message as (holes: unknown) => string;
    const help = entry.help === undefined ? {} : { help: entry.help };
    return { code, severity: entry.severity, message: message(holes), span, related: [], ...help, ...extra };
  };
}

/** Whether there is an error, so that the next step must not run. */
export function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some((diagnostic) => diagnostic.severity === "error");
}
