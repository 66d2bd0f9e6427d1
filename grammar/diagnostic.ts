// A message for a user: coded, with its location and a remedy. Plain values, never thrown.
// Each layer keeps its own catalogue of codes; `createReporter` makes a function that tsc holds to that catalogue.
// How a diagnostic looks on a screen is decided in render.ts.
import type { Span } from "./source.js";

/** Only errors keep a specification from being used. */
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

/** A message as it is shown; text and JSON (`render.ts`) are made of it alone. */
export interface Diagnostic {
  readonly code: string;
  readonly severity: Severity;
  readonly message: string;
  readonly span: Span;
  /** Written beside the underline of `span`. */
  readonly label?: string;
  readonly related: readonly Related[];
  readonly help?: string;
  readonly fix?: Fix;
}

/** One code: its sentence with holes, its page, and a wrong and a right spec (both are tests). */
export interface CatalogueEntry {
  readonly severity: Severity;
  readonly message: (holes: never) => string;
  /** The remedy where those who report know no nearer one; without it they have to know one. */
  readonly help?: string;
  readonly explain: string;
  readonly wrong: string;
  readonly right: string;
}

/** All messages of one step, by code. */
export type Catalogue = Readonly<Record<string, CatalogueEntry>>;

/** A remedy in words, and where one edit does it, that edit. */
export interface Remedy {
  readonly help: string;
  readonly fix?: Fix;
}

/** What a reporter takes beyond the code, the span and the holes. */
export interface DiagnosticExtra {
  readonly label?: string;
  readonly related?: readonly Related[];
  readonly help?: string;
  readonly fix?: Fix;
}

/** The named holes of a catalogue entry's message. */
export type Holes<Entry> = Entry extends { readonly message: (holes: infer Names) => string } ? Names : never;

/** What a reporter needs beyond code, span and holes: a help, where the catalogue has none for the code. */
type Extra<Entry> = Entry extends { readonly help: string }
  ? [extra?: DiagnosticExtra]
  : [extra: DiagnosticExtra & { readonly help: string }];

/** Makes one catalogue's diagnostics: a misspelt code, a forgotten hole or a missing help does not compile. */
export type Reporter<C extends Catalogue> = <Code extends keyof C & string>(
  code: Code,
  span: Span,
  holes: Holes<C[Code]>,
  ...extra: Extra<C[Code]>
) => Diagnostic;

/** A message with holes: `` text`\`${"name"}\` is not known` ``. */
export function text<const Names extends readonly string[]>(
  parts: TemplateStringsArray,
  ...names: Names
): (holes: Readonly<Record<Names[number], string | number>>) => string {
  return (holes) => {
    const values: Readonly<Record<string, string | number>> = holes;
    return parts.reduce((before, part, i) => `${before}${shortened(values[names[i - 1] ?? ""] ?? "")}${part}`);
  };
}

/** What a user wrote may be a name of a million letters: a message holds its beginning and its end. */
function shortened(value: string | number): string {
  const said = String(value);
  return said.length <= 600 ? said : `${said.slice(0, 300)}…${said.slice(-100)}`;
}

/** Makes the reporter of one catalogue; see `Reporter`. */
export function createReporter<const C extends Catalogue>(catalogue: C): Reporter<C> {
  return (code, span, holes, ...[extra]) => {
    const entry = catalogue[code];
    if (entry === undefined) throw new Error(`internal: no catalogue entry ${code}`);
    // Boundary: `Holes` ties the holes to this code's message at every call, which tsc cannot follow through the index.
    const message = entry.message as (holes: unknown) => string;
    const help = entry.help === undefined ? {} : { help: entry.help };
    return { code, severity: entry.severity, message: message(holes), span, related: [], ...help, ...extra };
  };
}

/** True where something is wrong enough that the next step must not run. */
export function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some((diagnostic) => diagnostic.severity === "error");
}
