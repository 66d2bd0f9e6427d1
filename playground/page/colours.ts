// Highlighting: words, numbers and comments immediately, by their form; names by the server's semantic tokens.
import type { LSPPlugin } from "@codemirror/lsp-client";
import { HighlightStyle, StreamLanguage, syntaxHighlighting } from "@codemirror/language";
import { Prec, RangeSetBuilder, type Extension } from "@codemirror/state";
import { Decoration, type DecorationSet } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import type { SemanticTokens } from "vscode-languageserver-types";
import { asked } from "./asked.js";

/** A tokenizer by form; a declaration begins in the first column, and words on that line belong to it. */
const vlmo = StreamLanguage.define<{ isDeclaration: boolean; depth: number }>({
  name: "vlmo",
  startState: () => ({ isDeclaration: false, depth: 0 }),
  languageData: {
    commentTokens: { line: "//" },
    // Without `(`: signature help opens only where it is typed alone.
    closeBrackets: { brackets: ["[", "{", '"'] },
    indentOnInput: /^\s*\}$/,
  },
  indent: ({ depth }, after, { unit }) => unit * Math.max(0, depth - (/^[}\])]/.test(after) ? 1 : 0)),
  token: (stream, state) => {
    if (stream.sol()) state.isDeclaration = /^[a-z]/.test(stream.string);
    if (stream.eatSpace()) return null;
    if (stream.match(/^\/\/.*/)) return "comment";
    if (stream.match(/^"(?:[^"\\]|\\.)*"?/)) return "string";
    if (stream.match(/^-?\d[\d_]*(?:\.\d+)?(?:e[+-]?\d+)?(?:%|[A-Za-z]+)?/i)) return "number";
    if (stream.match(/^[A-Za-z_]\w*/)) return state.isDeclaration ? "keyword" : "name";
    const mark = stream.next() ?? "";
    if ("{[(".includes(mark)) state.depth += 1;
    else if ("}])".includes(mark)) state.depth = Math.max(0, state.depth - 1);
    return null;
  },
});

const style = HighlightStyle.define([
  { tag: tags.comment, class: "tok-comment" },
  { tag: tags.string, class: "tok-string" },
  { tag: tags.number, class: "tok-number" },
  { tag: tags.keyword, class: "tok-keyword" },
]);

/** Colours by form and by meaning. */
export const colours: Extension = [
  vlmo,
  syntaxHighlighting(style),
  // Nested inside the other decorations.
  Prec.highest(asked<SemanticTokens>("textDocument/semanticTokens/full", decorated)),
];

/** Decodes tokens, whose positions are relative to the previous one. */
function decorated({ data }: SemanticTokens, plugin: LSPPlugin): DecorationSet {
  const builder = new RangeSetBuilder<Decoration>();
  const { doc } = plugin.view.state;
  const types = plugin.client.serverCapabilities?.semanticTokensProvider?.legend.tokenTypes ?? [];
  let [line, column] = [0, 0];
  for (let i = 0; i + 4 < data.length; i += 5) {
    const [down = 0, across = 0, length = 0, type = 0] = data.slice(i, i + 4);
    [line, column] = [line + down, down === 0 ? column + across : across];
    if (line >= doc.lines) break;
    const from = doc.line(line + 1).from + column;
    const mark = Decoration.mark({ class: `tok-${types[type] ?? "name"}` });
    if (from + length <= doc.length) builder.add(from, from + length, mark);
  }
  return builder.finish();
}
