// Decorations that are requested again after every change; until the server answers, the old ones move with the text.
import { LSPPlugin } from "@codemirror/lsp-client";
import type { Extension } from "@codemirror/state";
import { Decoration, ViewPlugin, type DecorationSet, type EditorView, type ViewUpdate } from "@codemirror/view";

/** Milliseconds from the last letter typed to the request. */
const pause = 120;

/** The server's answer to a method about the whole document, as decorations. */
export function asked<Answer>(
  method: string,
  decorate: (answer: Answer, plugin: LSPPlugin) => DecorationSet,
): Extension {
  class Asking {
    decorations: DecorationSet = Decoration.none;
    private timer = 0;
    private isGone = false;

    constructor(private readonly view: EditorView) {
      this.soon(0);
    }

    update(update: ViewUpdate): void {
      if (!update.docChanged) return;
      this.decorations = this.decorations.map(update.changes);
      this.soon(pause);
    }

    destroy(): void {
      this.isGone = true;
      clearTimeout(this.timer);
    }

    private soon(milliseconds: number): void {
      clearTimeout(this.timer);
      this.timer = window.setTimeout(() => void this.ask(), milliseconds);
    }

    private async ask(): Promise<void> {
      const plugin = LSPPlugin.get(this.view);
      if (plugin === null) return;
      plugin.client.sync();
      const { doc } = this.view.state;
      const end = { line: doc.lines, character: 0 };
      const given = { textDocument: { uri: plugin.uri }, range: { start: { line: 0, character: 0 }, end } };
      const answer = await plugin.client.request<typeof given, Answer | null>(method, given).catch(() => null);
      // Changes made meanwhile cause a new request.
      if (answer === null || this.isGone || this.view.state.doc !== doc) return;
      this.decorations = decorate(answer, plugin);
      this.view.dispatch({});
    }
  }
  return ViewPlugin.fromClass(Asking, { decorations: ({ decorations }) => decorations });
}
