// The style sheet of the playground, after that of every page; colours are from view/look.ts.

/** A grid that fills the window: editor and panels side by side, or one column below the tabs. */
export const style = `
html, body { height: 100%; }
main {
  max-width: none; height: 100%; margin: 0; padding: 0; display: grid;
  grid-template: "header tabs" auto "editor panel" minmax(0, 1fr) / minmax(0, 1.1fr) minmax(0, 1fr);
}
main > header { grid-area: header; display: flex; flex-wrap: wrap; align-items: center; gap: 8px 12px; padding: 10px 16px; }
main > header h1 { margin: 0 4px 0 0; font-size: 1.15rem; }
main > header h1 span { color: var(--muted); font-weight: 400; }
main > section { margin: 0; min-width: 0; min-height: 0; }
select, input, button {
  font: inherit; font-size: 0.9rem; color: var(--text); background: var(--panel); border: 1px solid var(--line); border-radius: 7px;
  padding: 4px 10px; max-width: 100%;
}
select { min-width: 0; max-width: 11rem; }
button { cursor: pointer; }
button:hover:not(:disabled) { border-color: var(--accent); }
button:disabled { color: var(--muted); cursor: default; }
:is(select, input, button, pre, section):focus-visible { outline: 2px solid var(--accent); outline-offset: 1px; }
button.main { background: var(--accent); border-color: var(--accent); color: var(--page); font-weight: 600; padding: 5px 22px; }
button.main:disabled { background: var(--track); border-color: var(--track); color: var(--muted); }
.buttons { display: flex; gap: 6px; }
#tabs { grid-area: tabs; display: flex; gap: 4px; padding: 10px 16px 0 4px; align-items: end; }
#tabs button { border: 0; border-radius: 0; background: none; padding: 6px 12px 8px; color: var(--muted); border-bottom: 2px solid transparent; }
#tabs button[aria-selected="true"] { color: var(--text); border-bottom-color: var(--accent); font-weight: 600; }
#tabs #tab-editor { display: none; }
#tab-editor.has-problems::after { content: " ●"; color: var(--wrong); }
#editor { grid-area: editor; display: flex; flex-direction: column; border-top: 1px solid var(--line); background: var(--panel); }
.panel { grid-area: panel; overflow: auto; padding: 18px 20px 40px; border-top: 1px solid var(--line); border-left: 1px solid var(--line); }
[hidden] { display: none !important; }
.panel .note { margin: 0 0 12px; }
.panel .when-stale { display: none; }
.panel.stale .when-stale { display: block; color: var(--wrong); }
.panel.stale :is(pre, #picture-drawing) { opacity: 0.55; }
.panel section:first-of-type { margin-top: 0; }
.panel .model-parts { grid-template-columns: minmax(0, 1fr); }
pre { margin: 0; font: 13px/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; overflow-x: auto; }
#text { flex: 1; min-height: 0; }
.found { flex: none; max-height: 34%; overflow: auto; border-top: 1px solid var(--line); padding: 8px 14px; }
.found h2 { margin: 0; font-size: 0.8rem; font-weight: 500; color: var(--muted); }
#problems { margin: 0; padding: 0; list-style: none; font-size: 0.88rem; }
#problems li { padding: 6px 0 8px 12px; margin-top: 8px; border-left: 3px solid var(--wrong); }
#problems li:is(.warning, .info, .hint) { border-left-color: var(--accent); }
#problems p { margin: 0; overflow-wrap: anywhere; }
#problems .more { color: var(--muted); }
#problems button { padding: 2px 9px; font-size: 0.82rem; margin: 4px 6px 0 0; }
#problems button.place { border: 0; background: none; padding: 0 4px; margin: 0; color: var(--accent); text-decoration: underline; }
.ask { display: flex; flex-wrap: wrap; gap: 10px 18px; align-items: center; margin-bottom: 10px; }
.ask label { font-size: 0.9rem; color: var(--muted); }
.ask input { width: 6em; }
#train-status { margin: 12px 0; font-size: 0.9rem; overflow-wrap: anywhere; }
#train-runs { display: grid; gap: 14px; }
#train-runs figure { padding: 14px; }
#train-runs .numbers { margin: 2px 4px 8px; font-size: 0.85rem; color: var(--muted); font-variant-numeric: tabular-nums; }
#train-runs figure > svg { font-size: 11px; }
#train-runs figure > svg text { fill: var(--muted); }
#train-runs .grid { stroke: var(--line); }
.curve { fill: none; stroke-width: 1.5; stroke-linejoin: round; opacity: 0.75; }
.curve.total { stroke-width: 2.4; opacity: 1; }
.learnt { padding: 10px 4px 4px; }
.learnt section { margin-top: 10px; }
.learnt h2 { display: none; }
.learnt h3 { margin: 0 0 8px; font-size: 0.9rem; }
.learnt .measured { margin: 0; font-size: 0.9rem; }
.learnt .sample { padding: 10px; background: var(--page); }
.learnt .note { margin: 6px 0; }
.cm-editor { height: 100%; background: var(--panel); color: var(--text); }
.cm-editor.cm-focused { outline: none; }
.cm-editor .cm-scroller { font: 13px/1.55 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
.cm-editor .cm-gutters { background: var(--panel); color: var(--muted); border-right: 1px solid var(--line); }
.cm-editor :is(.cm-activeLine, .cm-activeLineGutter) { background: color-mix(in srgb, var(--accent) 7%, transparent); }
.cm-editor .cm-cursor { border-left-color: var(--text); }
.cm-editor .cm-content { caret-color: var(--text); }
.cm-editor .cm-selectionLayer .cm-selectionBackground { background: color-mix(in srgb, var(--accent) 28%, transparent) !important; }
.cm-editor .cm-selectionMatch { background: color-mix(in srgb, var(--accent) 18%, transparent); }
.cm-editor .cm-matchingBracket { background: var(--good) !important; }
.cm-editor .cm-panels { background: var(--page); color: var(--text); border-color: var(--line); }
.cm-editor .cm-panels :is(button, input) { background: var(--panel); color: var(--text); border: 1px solid var(--line); }
.cm-tooltip.cm-tooltip { background: var(--panel); color: var(--text); border: 1px solid var(--line); border-radius: 7px; max-width: min(560px, 94vw); font-size: 0.85rem; box-shadow: 0 6px 24px #0003; }
.cm-tooltip .cm-lsp-documentation { padding: 4px 12px; overflow-wrap: anywhere; max-height: 40vh; overflow: auto; }
.cm-tooltip .cm-lsp-documentation pre { white-space: pre-wrap; }
.cm-tooltip.cm-tooltip-autocomplete > ul { font: 13px/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; max-width: 94vw; }
.cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected] { background: var(--accent); color: var(--page); }
.cm-completionDetail { color: var(--muted); font-style: normal !important; }
li[aria-selected] .cm-completionDetail { color: inherit; }
.cm-diagnostic { white-space: pre-wrap; }
.cm-diagnosticAction { background: var(--accent) !important; color: var(--page) !important; border-radius: 5px !important; padding: 2px 9px !important; }
[class^="tok-"] [class^="tok-"] { font-weight: 400; }
.hint { color: var(--muted); font-size: 0.85em; margin-left: 0.8em; padding: 0 6px; border-radius: 4px; background: var(--track); }
.tok-comment { color: var(--muted); font-style: italic; }
.tok-string { color: var(--pair); }
.tok-number { color: var(--image); }
.tok-keyword { color: var(--several); font-weight: 600; }
:is(.tok-class, .tok-interface, .tok-struct, .tok-event, .tok-method, .tok-variable, .tok-type) { color: var(--accent); font-weight: 400; }
.tok-function { color: var(--words); }
:is(.tok-property, .tok-parameter) { color: var(--text); }
.tok-enumMember { color: var(--pair); }
@media (max-width: 1340px) { main > header h1 span { display: none; } }
@media (max-width: 860px) {
  main { grid-template: "header" auto "tabs" auto "view" minmax(0, 1fr) / minmax(0, 1fr); }
  #tabs { padding: 0 8px; overflow-x: auto; }
  #tabs button { padding: 6px 10px 8px; }
  #tabs #tab-editor { display: block; }
  main > header { padding: 8px 12px; gap: 6px 8px; }
  main > header select { flex: 1 1 60%; max-width: none; }
  .buttons button { padding: 4px 8px; }
  #editor, .panel { grid-area: view; border-left: 0; }
  .panel { padding: 14px 14px 32px; }
}
`;
