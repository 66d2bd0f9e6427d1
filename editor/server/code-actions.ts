// The checker's fixes as code actions: each that is one edit, and all of them at once, as `vlmo check --fix` does.
import { CodeActionKind, type CodeAction, type Range } from "vscode-languageserver-types";
import { applyFixes, checkSpec } from "../../compiler/front-end.js";
import type { Diagnostic, Fix } from "../../grammar/index.js";
import { editOf, spanOf, touches } from "./convert.js";
import { shownDiagnostic } from "./diagnostics.js";
import type { Workspace } from "./workspace.js";

/** The kind of the action that fixes everything. */
export const fixAllKind = `${CodeActionKind.SourceFixAll}.vlmo`;

type Fixable = Diagnostic & { readonly fix: Fix };

/** The actions for a range of a document; `only`: the kinds that are requested. */
export function codeActions(
  uri: string,
  range: Range,
  only: readonly string[] | undefined,
  workspace: Workspace,
): CodeAction[] {
  const module = workspace.moduleOf(uri);
  if (module === null) return [];
  const here = spanOf(module.file.source, range);
  const fixable = workspace
    .check(module.path)
    .diagnostics.filter((each): each is Fixable => each.fix !== undefined && each.fix.span.file.path === module.path);
  const wants = (kind: string): boolean => only === undefined || only.some((asked) => isUnder(kind, asked));
  const quick = wants(CodeActionKind.QuickFix)
    ? fixable.filter(({ span, fix }) => touches(span, here) || touches(fix.span, here))
    : [];
  const all = fixable.length > 0 && wants(fixAllKind) ? [fixAll(uri)] : [];
  return [...quick.map((each) => quickFix(uri, each, workspace)), ...all];
}

function isUnder(kind: string, asked: string): boolean {
  return asked === "" || kind === asked || kind.startsWith(`${asked}.`);
}

function quickFix(uri: string, diagnostic: Fixable, workspace: Workspace): CodeAction {
  const { fix, help = "" } = diagnostic;
  return {
    title: titleOf(help, fix),
    kind: CodeActionKind.QuickFix,
    isPreferred: true,
    diagnostics: [shownDiagnostic(diagnostic, workspace)],
    edit: { changes: { [uri]: [editOf(fix.span, fix.text)] } },
  };
}

/** The fix as an imperative: ``did you mean `schedule`?`` is no title for an action. */
function titleOf(help: string, { text }: Fix): string {
  const meant = /^did you mean (`[^`]+`)\?$/.exec(help)?.[1];
  if (meant !== undefined) return `Write ${meant}`;
  const title = help === "" ? `Write \`${text}\`` : help;
  return title.charAt(0).toUpperCase() + title.slice(1);
}

function fixAll(uri: string): CodeAction {
  return { title: "Fix everything with a single remedy", kind: fixAllKind, data: { uri } };
}

/** Adds the edit of an action that has none yet: fixing everything takes several checks. */
export function resolveCodeAction(action: CodeAction, workspace: Workspace): CodeAction {
  if (action.edit !== undefined || action.kind !== fixAllKind) return action;
  const uri = uriIn(action.data);
  const module = uri === undefined ? null : workspace.moduleOf(uri);
  if (uri === undefined || module === null) return action;
  const { path, file } = module;
  const { changed } = applyFixes(new Map([[path, file.source.text]]), (texts) => {
    const read = (each: string): string | null => texts.get(each) ?? workspace.files.read(each);
    return checkSpec(path, { ...workspace.files, read }).diagnostics;
  });
  const text = changed.get(path);
  if (text === undefined) return action;
  const whole = { file: file.source, start: 0, end: file.source.text.length };
  return { ...action, edit: { changes: { [uri]: [editOf(whole, text)] } } };
}

function uriIn(data: unknown): string | undefined {
  return typeof data === "object" && data !== null && "uri" in data ? String(data.uri) : undefined;
}
