// Diagnostics: underlined in the text, and as a list over all files, each with its fixes as buttons.
import { LSPPlugin, type LSPClient, type LSPClientExtension } from "@codemirror/lsp-client";
import { lintGutter, setDiagnostics, type Action, type Diagnostic as Shown } from "@codemirror/lint";
import { ViewPlugin, type EditorView, type ViewUpdate } from "@codemirror/view";
import type { CodeAction, Diagnostic } from "vscode-languageserver-types";
import { pathOf } from "../files.js";
import { button, made } from "./elements.js";

interface Published {
  readonly uri: string;
  readonly version?: number;
  readonly diagnostics: readonly Diagnostic[];
}

/** A diagnostic with its fixes. */
interface Problem {
  readonly diagnostic: Diagnostic;
  readonly actions: readonly CodeAction[];
}

/** The elements and callbacks of the list. */
interface Around {
  readonly list: HTMLElement;
  readonly counted: (problems: number) => void;
  /** Puts a file into the editor. */
  readonly show: (path: string) => EditorView;
}

/** Shows what the server finds. */
export function problems({ list, counted, show }: Around): LSPClientExtension {
  const found = new Map<string, readonly Problem[]>();
  const told = async (client: LSPClient, { uri, diagnostics, version }: Published): Promise<void> => {
    const actions = diagnostics.length === 0 ? [] : await actionsFor(client, uri);
    const own = diagnostics.map((diagnostic) => ({
      diagnostic,
      actions: actions.filter((action) => action.diagnostics?.some((each) => isSame(each, diagnostic))),
    }));
    if (own.length === 0) found.delete(uri);
    else found.set(uri, own);
    underline(client, uri, version, own);
    listed(client);
  };
  const listed = (client: LSPClient): void => {
    const all = [...found].flatMap(([uri, own]) => own.map((problem) => itemOf(client, uri, problem, show)));
    list.replaceChildren(...all);
    counted(all.length);
  };
  return {
    clientCapabilities: { textDocument: { publishDiagnostics: { versionSupport: true } } },
    notificationHandlers: {
      "textDocument/publishDiagnostics": (client, published: Published) => {
        void told(client, published);
        return true;
      },
    },
    editorExtension: [sending, lintGutter()],
  };
}

/** Sends changes to the server, so that it checks. */
const sending = ViewPlugin.fromClass(
  class {
    private timer = 0;

    update({ docChanged, view }: ViewUpdate): void {
      if (!docChanged) return;
      clearTimeout(this.timer);
      this.timer = window.setTimeout(() => LSPPlugin.get(view)?.client.sync(), 50);
    }

    destroy(): void {
      clearTimeout(this.timer);
    }
  },
);

async function actionsFor(client: LSPClient, uri: string): Promise<readonly CodeAction[]> {
  const range = { start: { line: 0, character: 0 }, end: { line: 2 ** 30, character: 0 } };
  const given = { textDocument: { uri }, range, context: { only: ["quickfix"] } };
  return client.request<typeof given, CodeAction[]>("textDocument/codeAction", given).catch(() => []);
}

function isSame(a: Diagnostic, b: Diagnostic): boolean {
  return a.message === b.message && JSON.stringify(a.range) === JSON.stringify(b.range);
}

function wordsOf(message: Diagnostic["message"]): string {
  return typeof message === "string" ? message : message.value;
}

const severities = { 1: "error", 2: "warning", 3: "info", 4: "hint" } as const;

function underline(client: LSPClient, uri: string, version: number | undefined, own: readonly Problem[]): void {
  const file = client.workspace.getFile(uri);
  const view = file?.getView();
  const plugin = view === null || view === undefined ? null : LSPPlugin.get(view);
  if (file === null || view === null || view === undefined || plugin === null) return;
  if (version !== undefined && version !== file.version) return;
  const place = (at: Diagnostic["range"]["start"]): number =>
    plugin.unsyncedChanges.mapPos(plugin.fromPosition(at, plugin.syncedDoc));
  const shown = own.map(({ diagnostic: { range, severity = 1, message }, actions }): Shown => ({
    from: place(range.start),
    to: place(range.end),
    severity: severities[severity],
    message: wordsOf(message),
    actions: actions.map((action): Action => ({ name: action.title, apply: () => apply(client, action) })),
  }));
  view.dispatch(setDiagnostics(view.state, shown));
}

/** Applies the edits of a code action. */
function apply(client: LSPClient, { edit }: CodeAction): void {
  client.sync();
  for (const [uri, edits] of Object.entries(edit?.changes ?? {})) {
    const file = client.workspace.getFile(uri);
    if (file === null) continue;
    const at = ({ line, character }: Diagnostic["range"]["start"]): number => file.doc.line(line + 1).from + character;
    const changes = edits.map(({ range, newText }) => ({ from: at(range.start), to: at(range.end), insert: newText }));
    client.workspace.updateFile(uri, { changes, userEvent: "input.fix" });
  }
}

/** Applies the fix of the diagnostic at the cursor; false where there is no diagnostic or no fix. */
export function fixHere(list: HTMLElement): (view: EditorView) => boolean {
  return (view) => {
    const line = view.state.doc.lineAt(view.state.selection.main.head).number;
    const uri = LSPPlugin.get(view)?.uri ?? "";
    const here = list.querySelector<HTMLButtonElement>(`[data-place="${CSS.escape(`${uri}:${line}`)}"] button.fix`);
    here?.click();
    return here !== null;
  };
}

function itemOf(
  client: LSPClient,
  uri: string,
  { diagnostic: { range, severity = 1, message, code = "" }, actions }: Problem,
  show: Around["show"],
): HTMLElement {
  const { line, character } = range.start;
  const place = `${pathOf(uri) ?? uri}:${line + 1}:${character + 1}`;
  const go = (): void => {
    const view = show(pathOf(uri) ?? "");
    const from = Math.min(
      view.state.doc.length,
      view.state.doc.line(Math.min(line + 1, view.state.doc.lines)).from + character,
    );
    view.dispatch({ selection: { anchor: from }, scrollIntoView: true });
    view.focus();
  };
  const fixes = actions.map((action) => button(action.title, () => apply(client, action), { class: "fix" }));
  const [first = "", ...rest] = wordsOf(message).split("\n");
  return made(
    "li",
    { class: severities[severity], "data-place": `${uri}:${line + 1}` },
    made("p", { class: "what" }, made("b", {}, String(code)), ` ${first} `, button(place, go, { class: "place" })),
    ...rest.map((text) => made("p", { class: "more" }, text)),
    ...fixes,
  );
}
