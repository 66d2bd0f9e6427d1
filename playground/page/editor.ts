// The editor: one view, and a state for every file that was opened, so that each keeps its undo history and cursor.
import { closeBrackets, closeBracketsKeymap, completionKeymap, acceptCompletion } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { bracketMatching, indentOnInput, indentUnit } from "@codemirror/language";
import { lintKeymap } from "@codemirror/lint";
import {
  findReferencesKeymap,
  formatDocument,
  formatKeymap,
  hoverTooltips,
  jumpToDefinition,
  jumpToDefinitionKeymap,
  renameKeymap,
  serverCompletion,
  signatureHelp,
  type LSPClient,
} from "@codemirror/lsp-client";
import { highlightSelectionMatches, searchKeymap } from "@codemirror/search";
import { EditorState, Prec, type Extension } from "@codemirror/state";
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  keymap,
  lineNumbers,
  tooltips,
} from "@codemirror/view";
import { colours } from "./colours.js";
import { hints } from "./hints.js";

/** An editor of one file at a time. */
export interface Editor {
  readonly view: EditorView;
  /** Puts a file into the editor, as it was left. */
  open(path: string, uri: string, text: string): void;
  /** Discards the saved states of files, whose texts have been replaced. */
  forget(): void;
}

/** The client, and the callbacks of the editor. */
interface Around {
  readonly client: LSPClient;
  readonly changed: () => void;
  readonly fix: (view: EditorView) => boolean;
}

/** The extensions of `LSPClient` for every editor of its files. */
export const serverExtensions: readonly Extension[] = [
  serverCompletion({ override: true }),
  hoverTooltips(),
  signatureHelp(),
  keymap.of([...formatKeymap, ...renameKeymap, ...jumpToDefinitionKeymap, ...findReferencesKeymap]),
];

/** An editor in an element. */
export function createEditor(parent: HTMLElement, { client, changed, fix }: Around): Editor {
  const states = new Map<string, EditorState>();
  let open: string | null = null;
  const common = extensions({ changed, fix });
  const view = new EditorView({ parent, state: EditorState.create({ extensions: common }) });
  return {
    view,
    open: (path, uri, text) => {
      if (open !== null) states.set(open, view.state);
      open = path;
      const kept = states.get(path);
      const isCurrent = kept !== undefined && kept.doc.toString() === text;
      view.setState(
        isCurrent ? kept : EditorState.create({ doc: text, extensions: [common, client.plugin(uri, "vlmo")] }),
      );
    },
    forget: () => {
      states.clear();
      open = null;
    },
  };
}

function extensions({ changed, fix }: Pick<Around, "changed" | "fix">): Extension {
  return [
    lineNumbers(),
    highlightActiveLineGutter(),
    highlightActiveLine(),
    history(),
    drawSelection(),
    EditorState.allowMultipleSelections.of(true),
    indentUnit.of("  "),
    indentOnInput(),
    bracketMatching(),
    closeBrackets(),
    highlightSelectionMatches(),
    tooltips({ parent: document.body }),
    EditorView.contentAttributes.of({ "aria-label": "specification", tabindex: "0" }),
    EditorView.updateListener.of(({ docChanged }) => {
      if (docChanged) changed();
    }),
    EditorView.domEventHandlers({
      mousedown: (event, view) => {
        const at = event.ctrlKey || event.metaKey ? view.posAtCoords({ x: event.clientX, y: event.clientY }) : null;
        if (at === null) return false;
        view.dispatch({ selection: { anchor: at } });
        return jumpToDefinition(view);
      },
    }),
    colours,
    hints,
    Prec.high(
      keymap.of([
        { key: "Mod-.", run: fix, preventDefault: true },
        { key: "Tab", run: acceptCompletion },
      ]),
    ),
    keymap.of([
      { key: "Mod-s", run: formatDocument, preventDefault: true },
      ...closeBracketsKeymap,
      ...defaultKeymap,
      ...searchKeymap,
      ...historyKeymap,
      ...completionKeymap,
      ...lintKeymap,
      // After Escape, Tab leaves the editor.
      indentWithTab,
    ]),
  ];
}
