// Rules of the pages of runs.

/** Behind those of every page of `vlmo view`. */
export const runStyle = `
h1 .of { color: var(--muted); font-weight: 400; font-size: 1.1rem; letter-spacing: 0; overflow-wrap: anywhere; }
.back { margin: 0 0 14px; font-size: 0.9rem; }
.progress { margin-top: 26px; }
.progress p { margin: 0; overflow-wrap: anywhere; }
.progress .of { color: var(--muted); }
progress { display: block; width: 100%; height: 8px; margin-top: 10px; appearance: none; border: 0; border-radius: 4px; overflow: hidden; background: var(--track); }
progress::-webkit-progress-bar { background: var(--track); }
progress::-webkit-progress-value { background: var(--accent); }
progress::-moz-progress-bar { background: var(--accent); }
.course { margin: 0; padding: 0; list-style: none; background: var(--panel); border: 1px solid var(--line); border-radius: 10px; }
.course li { display: flex; flex-wrap: wrap; gap: 2px 10px; align-items: baseline; padding: 9px 16px; padding-left: calc(16px + min(24px, 4vw) * var(--depth, 0)); border-top: 1px solid var(--line); }
.course li:first-child { border-top: 0; }
.course .mark { width: 1.2em; text-align: center; font-size: 0.85em; }
.course .state { color: var(--muted); font-size: 0.85rem; min-width: 4.6em; }
.course .of { color: var(--muted); font-size: 0.9rem; overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
${Array.from({ length: 6 }, (_, i) => `.depth-${i + 1} { --depth: ${i + 1}; }`).join(" ")}
.state-finished :is(.mark, .state), p.state-finished b { color: var(--right); }
.state-training :is(.mark, .state), p.state-training b { color: var(--accent); font-weight: 600; }
:is(.state-failed, .state-killed) :is(.mark, .state), p:is(.state-failed, .state-killed) b { color: var(--wrong); font-weight: 600; }
.state-waiting b { font-weight: 400; color: var(--muted); }
td .swatch { margin-right: 0.6em; }
td a { overflow-wrap: anywhere; }
td.state-finished { color: var(--right); } td.state-training { color: var(--accent); }
td:is(.state-failed, .state-killed) { color: var(--wrong); }
`;
