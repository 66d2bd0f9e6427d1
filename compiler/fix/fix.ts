// `vlmo check --fix`: applies the fixes of diagnostics. A fix is kept only if it leaves fewer messages and none with a
// new code, by itself or together with the fixes that it enables; so a file never gets worse.
import { positionAt, spanText, type Diagnostic, type Fix } from "../../grammar/index.js";

/** Files by path. */
export type Texts = ReadonlyMap<string, string>;

/** A fix that was kept; its span is the one at the time of applying it. */
export interface Applied {
  readonly code: string;
  readonly message: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** The replaced text, and its replacement. */
  readonly before: string;
  readonly after: string;
}

/** The outcome for the files, with every fix that was applied. */
export interface Fixed {
  /** The files that changed. */
  readonly changed: Texts;
  readonly applied: readonly Applied[];
  /** The remaining diagnostics. */
  readonly diagnostics: readonly Diagnostic[];
}

interface State {
  readonly texts: Texts;
  readonly diagnostics: readonly Diagnostic[];
  readonly applied: readonly Applied[];
}

type Fixable = Diagnostic & { readonly fix: Fix };

/** Most checks of all files: each round on a file with many mistakes costs at least one. */
const mostChecks = 200;

/** How many fixes may be chained before the number of messages must have decreased. */
const farthest = 3;

/** Fixes files in memory; `check` returns all diagnostics of a version of them. Only these files are changed. */
export function applyFixes(texts: Texts, check: (texts: Texts) => readonly Diagnostic[]): Fixed {
  let checks = 0;
  const apply = (state: State, fixes: readonly Fixable[]): State => {
    checks += 1;
    const edited = editAll(state.texts, fixes);
    return { texts: edited, diagnostics: check(edited), applied: [...state.applied, ...fixes.map(appliedFrom)] };
  };
  /** A better state by these fixes and those that they enable, or by some of them; null if there is none. */
  const improve = (state: State, fixes: readonly Fixable[]): State | null => {
    if (fixes.length === 0 || checks >= mostChecks) return null;
    let next = apply(state, fixes);
    for (let step = 1; step < farthest && !isBetter(next, state) && checks < mostChecks; step += 1) {
      const more = fixesOf(next).filter((each) => !state.diagnostics.some((old) => alike(old, each)));
      if (more.length === 0) break;
      next = apply(next, more);
    }
    if (isBetter(next, state)) return next;
    if (fixes.length === 1) return null;
    const middle = Math.ceil(fixes.length / 2);
    return improve(state, fixes.slice(0, middle)) ?? improve(state, fixes.slice(middle));
  };
  let state: State = { texts, diagnostics: check(texts), applied: [] };
  for (let next: State | null = state; next !== null; next = improve(state, fixesOf(state))) state = next;
  const changed = new Map([...state.texts].filter(([path, text]) => text !== texts.get(path)));
  return { changed, applied: state.applied, diagnostics: state.diagnostics };
}

function isBetter(now: State, before: State): boolean {
  const codes = new Set(before.diagnostics.map(({ code }) => code));
  return now.diagnostics.length < before.diagnostics.length && now.diagnostics.every(({ code }) => codes.has(code));
}

function alike(a: Diagnostic, b: Diagnostic): boolean {
  return a.code === b.code && a.message === b.message && a.span.file.path === b.span.file.path;
}

/**
 * The fixes to apply in one round: if there are errors, only their fixes, since something that looks unused may be used
 * once they are gone. If two overlap, the first is kept.
 */
function fixesOf({ texts, diagnostics }: State): Fixable[] {
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  const candidates = (errors.length > 0 ? errors : diagnostics)
    .filter((diagnostic): diagnostic is Fixable => diagnostic.fix !== undefined)
    .filter(({ fix: { span } }) => texts.get(span.file.path) === span.file.text)
    .toSorted((a, b) => a.fix.span.start - b.fix.span.start);
  const chosen: Fixable[] = [];
  for (const candidate of candidates)
    if (!chosen.some((other) => touch(other.fix, candidate.fix))) chosen.push(candidate);
  return chosen;
}

function touch({ span: a }: Fix, { span: b }: Fix): boolean {
  return a.file.path === b.file.path && a.start <= b.end && b.start <= a.end;
}

function editAll(texts: Texts, fixes: readonly Fixable[]): Texts {
  const edited = new Map(texts);
  // From end to beginning, so that the spans of the others stay valid.
  for (const { fix } of fixes.toSorted((a, b) => b.fix.span.start - a.fix.span.start)) {
    const { file, start, end } = fix.span;
    const text = edited.get(file.path) ?? file.text;
    edited.set(file.path, text.slice(0, start) + fix.text + text.slice(end));
  }
  return edited;
}

function appliedFrom({ code, message, fix }: Fixable): Applied {
  const { file, start } = fix.span;
  return { code, message, file: file.path, ...positionAt(file, start), before: spanText(fix.span), after: fix.text };
}
