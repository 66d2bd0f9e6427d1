// Inlay hints: derived sizes after the text.
import type { LSPPlugin } from "@codemirror/lsp-client";
import { Decoration, WidgetType, type DecorationSet } from "@codemirror/view";
import type { InlayHint } from "vscode-languageserver-types";
import { asked } from "./asked.js";
import { made } from "./elements.js";

class Hint extends WidgetType {
  constructor(
    private readonly text: string,
    private readonly tooltip: string,
  ) {
    super();
  }

  override eq(other: Hint): boolean {
    return other.text === this.text && other.tooltip === this.tooltip;
  }

  override toDOM(): HTMLElement {
    return made("span", { class: "hint", title: this.tooltip }, this.text);
  }
}

/** Hints of the whole document. */
export const hints = asked<readonly InlayHint[]>("textDocument/inlayHint", decorated);

function decorated(found: readonly InlayHint[], plugin: LSPPlugin): DecorationSet {
  const { lines } = plugin.view.state.doc;
  const widgets = found.flatMap(({ position, label, tooltip }) => {
    if (position.line >= lines) return [];
    const widget = new Hint(String(label), typeof tooltip === "string" ? tooltip : "");
    return [Decoration.widget({ widget, side: 1 }).range(plugin.fromPosition(position))];
  });
  return Decoration.set(widgets, true);
}
