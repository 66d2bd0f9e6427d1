// The style sheet of a picture's page, after that of every page.
import { drawingStyle } from "./drawing-style.js";
import { deepest } from "./order.js";

const views = ["image", "text", "pair"] as const;

/** A path that is selected, or hovered while none is selected: everything else is dimmed. */
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
.model { container-type: inline-size; }
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
.parts li { display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: 0 10px; margin-bottom: 7px; }
.parts .bar { grid-column: 1 / -1; height: 5px; }
.amount { font-variant-numeric: tabular-nums; }
.flow { margin: 16px 0 0; padding: 0; list-style: none; display: grid; gap: 26px; }
.flow li { position: relative; min-width: 0; margin-left: calc(min(28px, 3vw) * var(--depth, 0)); }
${Array.from({ length: deepest }, (_, i) => `.depth-${i + 1} { --depth: ${i + 1}; }`).join(" ")}
.flow > li.follows::before { content: ""; position: absolute; left: 28px; top: -26px; height: 26px; border-left: 2px solid var(--attention); }
.flow > li.follows::after { content: ""; position: absolute; left: 24px; top: -8px; border: 5px solid transparent; border-top: 7px solid var(--attention); border-bottom: 0; }
.stage h3 { margin: 0 0 12px; }
.flow > li { container-type: inline-size; }
.stage .within { display: grid; gap: 14px 26px; align-items: start; grid-template-columns: minmax(0, 170px) minmax(0, 1fr); }
@container (min-width: 760px) {
  .stage .within { grid-template-columns: 170px minmax(0, 1fr) minmax(0, 1fr); }
  .stage .costs { grid-column: 3; grid-row: 1 / span 2; }
}
@container (max-width: 420px) {
  .stage .within { grid-template-columns: 92px minmax(0, 1fr); }
  .stage .small { grid-row: auto; }
  .stage .said div { grid-template-columns: 4.8em minmax(0, 1fr); gap: 6px; }
}
@container (max-width: 759px) {
  .stage :is(.costs, .taken-over) { grid-column: 1 / -1; }
}
.stage .small { max-width: 170px; grid-row: span 2; }
.micro-batches { display: inline-flex; flex-wrap: wrap; gap: 2px; vertical-align: middle; margin-left: 4px; }
.micro-batches i { width: 7px; height: 7px; border-radius: 1px; background: var(--accent); }
.shares { font-size: 0.85rem; }
.shares p, .taken-over p { margin: 0 0 4px; font-weight: 600; font-size: 0.9rem; }
.shares-bar { display: block; width: 100%; height: 8px; border-radius: 4px; background: var(--track); }
.shares-bar rect { stroke: var(--panel); stroke-width: 1px; }
.shares-bar .share-frozen { fill: var(--attention); fill-opacity: 0.45; }
.shares ul { display: flex; flex-wrap: wrap; gap: 0 16px; margin-top: 3px; color: var(--muted); font-size: 1em; }
.shares li i, .legend i { display: inline-block; width: 0.75em; height: 0.75em; margin-right: 0.4em; border-radius: 2px; }
.share-trained { background: var(--text); fill: var(--text); }
.share-frozen { background: var(--attention-soft); box-shadow: inset 0 0 0 1px var(--attention); }
.share-unreached { background: var(--track); fill: var(--track); }
.legend .share-new { border-radius: 50%; background: var(--panel); border: 3px solid var(--text); }
.legend .share-copied { border-radius: 50%; border: 2px solid var(--text); }
.share-0 { background: var(--series-0); fill: var(--series-0); } .share-1 { background: var(--series-1); fill: var(--series-1); }
.share-2 { background: var(--series-2); fill: var(--series-2); } .share-3 { background: var(--series-3); fill: var(--series-3); }
.costs { display: grid; gap: 14px; }
.taken-over { grid-column: 2; font-size: 0.85rem; }
.taken-over li { overflow-wrap: anywhere; }
.taken-over b { font-weight: 500; color: var(--muted); }
.differs.card { border-color: var(--differs); box-shadow: inset 3px 0 0 var(--differs); }
@container (max-width: 720px) {
  .model-parts { grid-template-columns: minmax(0, 1fr); }
}
@media (max-width: 640px) {
  .picture { padding: 10px 6px; }
  .picture .ways { padding: 0 6px; }
}
`;

/** Rules for two specifications side by side, after those. */
export const comparisonStyle = `
main { max-width: 1560px; }
.row { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 300px) minmax(0, 1fr); gap: 24px; margin-top: 26px; align-items: start; }
.row.titles { margin-top: 0; position: sticky; top: 0; padding: 8px 0; background: var(--page); z-index: 1; }
.row.titles :is(h2, p) { margin: 0; overflow-wrap: anywhere; }
.compared .model { margin-top: 0; }
.changes h4, .others h4 { margin: 0 0 6px; }
.changes, .others { font-size: 0.85rem; }
.changes dl, .others dl { margin: 0 0 10px; }
:is(.changes, .others) dl div { margin-bottom: 6px; }
:is(.changes, .others) dt { color: var(--muted); overflow-wrap: anywhere; }
:is(.changes, .others) dd { margin: 0; overflow-wrap: anywhere; }
.group { margin: 10px 0 4px; font-weight: 600; }
.others { columns: 300px; column-gap: 28px; margin: 32px 0 44px; }
.others h4 { margin-top: 12px; break-after: avoid; }
.compared > h2 { margin-top: 44px; }
@media (max-width: 900px) {
  .row { grid-template-columns: minmax(0, 1fr); gap: 12px; }
  .row.titles { position: static; }
  .changes { padding-left: 12px; border-left: 3px solid var(--differs); }
}
`;
