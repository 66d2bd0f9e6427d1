// The style sheet of drawings, in a page and in files: colours are the page's variables.
import { tints } from "./tint.js";

const tinted = tints.map((tint) => `.tint-${tint} { --ink: var(--${tint}); --fill: var(--${tint}-soft); }`).join("\n");

/** Style rules of all drawings. */
export const drawingStyle = `
${tinted}
.drawing { font-family: system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
.drawing text { fill: var(--text); pointer-events: none; }
.drawing text.muted { fill: var(--muted); }
.drawing text.name { font-weight: 600; }
.drawing text.name[class*="tint-"] { fill: var(--ink); }
.drawing .fill { fill: var(--fill); stroke: var(--ink); }
.drawing .solid { fill: var(--ink); }
.drawing .soft { fill: var(--fill); stroke: var(--ink); stroke-width: 0.6; }
.drawing .outline { fill: var(--panel); stroke: var(--ink); }
.drawing .panel { fill: var(--panel); stroke: var(--attention); }
.drawing .dashed { stroke-dasharray: 3 2; }
.drawing .page { fill: var(--page); }
.drawing .arrow { fill: none; stroke: var(--attention); stroke-width: 1.5; }
.drawing .way { fill: none; stroke: var(--ink); stroke-width: 2; }
.drawing .taken path { fill: none; stroke: var(--attention); }
.drawing .taken circle { fill: var(--attention); }
.drawing .differs { stroke: var(--differs); stroke-width: 2.5; }
.drawing .soft.differs { stroke-width: 1.4; }
.drawing .differs-bar { fill: var(--differs); }
.drawing .trained { fill: var(--ink); }
.drawing .frozen { fill: var(--fill); stroke: var(--ink); stroke-width: 0.6; }
.drawing .unreached { fill: var(--track); }
.drawing .new { fill: var(--panel); }
.drawing .copied { fill: none; stroke: var(--panel); stroke-width: 1.5; }
`;
