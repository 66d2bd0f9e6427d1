// The rules of a picture's page, behind those of every page.
import { drawingStyle } from "./drawing-style.js";

const views = ["image", "text", "pair"] as const;

/** A way that is chosen, or pointed at while none is: all else steps back. */
const followed = views
  .map((view) => {
    const others = `.drawing :is(.lane, .head, .taken):not(.of-${view})`;
    return `.picture:has(input[value="${view}"]:checked) ${others},
.picture:has(input[value="all"]:checked):has(.lane.of-${view}:is(:hover, :focus-visible)) ${others} { opacity: 0.15; }`;
  })
  .join("\n");

/** Rules for models and stages. */
export const pictureStyle = `${drawingStyle}
main { max-width: 1180px; }
.model-parts { display: grid; grid-template-columns: minmax(0, 560px) minmax(0, 1fr); gap: 28px; align-items: start; }
.picture { padding: 12px 14px; }
.drawing { display: block; width: 100%; height: auto; }
.drawing :is(.lane, .head, .taken) { transition: opacity 0.15s; }
.drawing :is(.lane, .head):focus { outline: none; }
.drawing :is(.lane, .head):focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 4px; }
${followed}
.ways { display: flex; flex-wrap: wrap; gap: 4px 14px; margin: 0 0 10px; padding: 0; border: 0; font-size: 0.85rem; }
.ways legend { float: left; margin-right: 14px; padding: 0; color: var(--muted); }
.ways label { display: inline-flex; align-items: center; gap: 5px; }
.ways input { margin: 0; accent-color: var(--accent); }
.said { margin: 0; display: grid; gap: 3px; font-size: 0.9rem; }
.said div { display: grid; grid-template-columns: 5.6em minmax(0, 1fr); gap: 10px; }
.said dt { color: var(--muted); }
.said dd { margin: 0; overflow-wrap: anywhere; }
h4 { margin: 22px 0 8px; font-size: 0.9rem; }
.experts, .parts, .taken-over ul, .shares ul { margin: 0; padding: 0; list-style: none; font-size: 0.9rem; }
.experts li { margin-bottom: 5px; }
.of { color: var(--muted); }
.chip { display: inline-block; padding: 0 7px; border: 1px solid var(--ink); border-radius: 6px; background: var(--fill); font-size: 0.85em; }
.chip[class*="tint-"] { color: var(--text); }
${["image", "words", "pair", "several", "attention"].map((tint) => `.chip.tint-${tint} { --ink: var(--${tint}); --fill: var(--${tint}-soft); }`).join("\n")}
.parts li { display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: 0 10px; margin-bottom: 7px; }
.parts .bar { grid-column: 1 / -1; height: 5px; }
.amount { font-variant-numeric: tabular-nums; }
.flow { margin: 16px 0 0; padding: 0; list-style: none; display: grid; gap: 26px; }
.flow li { position: relative; min-width: 0; margin-left: calc(min(28px, 3vw) * var(--depth, 0)); }
.flow > li.follows::before { content: ""; position: absolute; left: 28px; top: -26px; height: 26px; border-left: 2px solid var(--attention); }
.flow > li.follows::after { content: ""; position: absolute; left: 24px; top: -8px; border: 5px solid transparent; border-top: 7px solid var(--attention); border-bottom: 0; }
.stage h3 { margin: 0 0 12px; }
.stage .within { display: flex; flex-wrap: wrap; gap: 14px 26px; align-items: flex-start; }
.stage .small { flex: 0 0 auto; width: 170px; }
.stage .said { flex: 1 1 250px; }
.pieces { display: inline-flex; flex-wrap: wrap; gap: 2px; vertical-align: middle; margin-left: 4px; }
.pieces i { width: 7px; height: 7px; border-radius: 1px; background: var(--accent); }
.shares { margin-top: 14px; font-size: 0.85rem; }
.shares p, .taken-over p { margin: 0 0 4px; font-weight: 600; font-size: 0.9rem; }
.shares-bar { display: flex; gap: 1px; height: 8px; border-radius: 4px; overflow: hidden; background: var(--track); }
.shares-bar i { min-width: 2px; flex-basis: 0; }
.shares ul { display: flex; flex-wrap: wrap; gap: 0 16px; margin-top: 3px; color: var(--muted); font-size: 1em; }
.shares li i, .legend i { display: inline-block; width: 0.75em; height: 0.75em; margin-right: 0.4em; border-radius: 2px; }
.share-trained { background: var(--text); }
.share-frozen { background: var(--track); outline: 1px solid var(--line); }
.share-unreached { background: repeating-linear-gradient(135deg, var(--line) 0 2px, transparent 2px 4px); }
.legend .share-new { border-radius: 50%; background: var(--panel); border: 3px solid var(--text); }
.legend .share-copied { border-radius: 50%; border: 2px solid var(--text); }
.share-0 { background: var(--series-0); } .share-1 { background: var(--series-1); }
.share-2 { background: var(--series-2); } .share-3 { background: var(--series-3); }
.taken-over { margin-top: 14px; font-size: 0.85rem; }
.taken-over li { overflow-wrap: anywhere; }
.taken-over b { font-weight: 500; color: var(--muted); }
.differs.card { border-color: var(--accent); box-shadow: inset 3px 0 0 var(--accent); }
@media (max-width: 760px) {
  .model-parts { grid-template-columns: minmax(0, 1fr); }
  .picture { padding: 10px 6px; }
  .picture .ways { padding: 0 6px; }
}
`;
