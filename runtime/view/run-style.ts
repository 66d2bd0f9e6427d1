// The style sheet of the pages of runs.

/** Follows that of all pages of `vlmo view`; the indentation of stages is in that of pictures. */
export const runStyle = `
h1 .of { color: var(--muted); font-weight: 400; font-size: 1.1rem; letter-spacing: 0; overflow-wrap: anywhere; }
.back { margin: 0 0 14px; font-size: 0.9rem; }
.progress { margin-top: 26px; }
.progress p { margin: 0; overflow-wrap: anywhere; }
.progress .figures { margin-top: 16px; }
.progress .of { color: var(--muted); }
progress { display: block; width: 100%; height: 8px; margin-top: 10px; appearance: none; border: 0; border-radius: 4px; overflow: hidden; background: var(--track); }
progress::-webkit-progress-bar { background: var(--track); }
progress::-webkit-progress-value { background: var(--accent); }
progress::-moz-progress-bar { background: var(--accent); }
.course { margin: 0; padding: 0; list-style: none; background: var(--panel); border: 1px solid var(--line); border-radius: 10px; }
.course li { display: grid; grid-template-columns: 1.2em minmax(7em, 13em) 5em minmax(0, 1fr); gap: 2px 10px; align-items: baseline; padding: 9px 16px; padding-left: calc(16px + min(24px, 4vw) * var(--depth, 0)); border-top: 1px solid var(--line); }
.course li:first-child { border-top: 0; }
.course .mark { text-align: center; font-size: 0.85em; }
.course b { overflow-wrap: anywhere; }
.course .state { color: var(--muted); font-size: 0.85rem; }
.course .of { color: var(--muted); font-size: 0.9rem; overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
.state-finished :is(.mark, .state), p.state-finished b { color: var(--right); }
.state-training :is(.mark, .state), p.state-training b { color: var(--accent); font-weight: 600; }
:is(.state-failed, .state-killed) :is(.mark, .state), p:is(.state-failed, .state-killed) b { color: var(--wrong); font-weight: 600; }
.state-waiting b { font-weight: 400; color: var(--muted); }
@media (max-width: 640px) {
  .course li { grid-template-columns: 1.2em minmax(0, 1fr) auto; }
  .course .of { grid-column: 2 / -1; }
}
td .swatch { margin-right: 0.6em; }
td a { overflow-wrap: anywhere; }
td .state-finished { color: var(--right); }
td .state-training { color: var(--accent); font-weight: 600; }
td :is(.state-failed, .state-killed) { color: var(--wrong); }
.many { max-height: 70vh; overflow: auto; border: 1px solid var(--line); border-radius: 10px; }
.many table { border: 0; overflow: visible; }
.many thead th { position: sticky; top: 0; background: var(--panel); }
`;
