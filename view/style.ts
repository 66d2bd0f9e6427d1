// The style sheet of every page. The pictures in the pages use its variables, too.
import { palette } from "./look.js";

/** No external font or script: the page opens without a network. */
export const style = `
${palette}* { box-sizing: border-box; }
body {
  margin: 0; background: var(--page); color: var(--text);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; -webkit-text-size-adjust: 100%;
}
main { max-width: 1080px; margin: 0 auto; padding: 40px 20px 60px; }
header h1 { margin: 0 0 18px; font-size: 2.1rem; line-height: 1.2; letter-spacing: -0.02em; }
.kind { margin: 0; color: var(--muted); font-size: 0.85rem; letter-spacing: 0.06em; text-transform: uppercase; }
.facts { display: flex; flex-wrap: wrap; gap: 10px 36px; margin: 0; }
.facts dt { color: var(--muted); font-size: 0.8rem; }
.facts dd { margin: 0; font-weight: 600; overflow-wrap: anywhere; }
section { margin-top: 44px; }
h2 { margin: 0 0 14px; font-size: 1.25rem; letter-spacing: -0.01em; }
h2 .of { color: var(--muted); font-weight: 400; font-size: 0.95rem; }
code { font: 0.92em ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; overflow-wrap: anywhere; }
.note { margin: 12px 0 0; color: var(--muted); font-size: 0.85rem; max-width: 70ch; }
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(235px, 1fr)); gap: 14px; }
.card, figure, table, .sample { background: var(--panel); border: 1px solid var(--line); border-radius: 10px; }
.card { padding: 16px 18px; }
.card p { margin: 0; }
.card .what { font-weight: 600; }
.card .what span { display: block; color: var(--muted); font-weight: 400; font-size: 0.82rem; }
.card .value { margin: 6px 0 8px; font-size: 2rem; font-weight: 650; letter-spacing: -0.02em; line-height: 1.15; }
.card .said { font-size: 0.9rem; margin-top: 10px; }
.card .range { color: var(--muted); font-size: 0.8rem; }
.bar { display: block; width: 100%; height: 8px; overflow: visible; }
.bar .all { fill: var(--track); }
.bar .part { fill: var(--accent); }
.bar .mark { fill: var(--text); transform: translateX(-1px); }
.swatch { width: 0.8em; height: 0.8em; margin-right: 0.4em; border-radius: 2px; }
table { width: 100%; border-collapse: separate; border-spacing: 0; font-variant-numeric: tabular-nums; overflow: hidden; }
th, td { padding: 10px 14px; text-align: right; border-top: 1px solid var(--line); }
th { border-top: 0; color: var(--muted); font-size: 0.8rem; font-weight: 500; }
th:first-child, td:first-child { text-align: left; }
td:first-child { font-weight: 600; }
td.wide { width: 50%; }
.figures { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 440px), 1fr)); gap: 14px; }
figure { margin: 0; padding: 14px 14px 6px; min-width: 0; }
figcaption { font-weight: 600; padding-left: 4px; }
figcaption span { color: var(--muted); font-weight: 400; }
.legend { display: flex; flex-wrap: wrap; gap: 2px 16px; margin: 2px 4px 8px; padding: 0; list-style: none; font-size: 0.85rem; }
figure .legend .swatch { width: 14px; height: 3px; margin-right: 6px; vertical-align: middle; }
figure > svg { display: block; width: 100%; height: auto; }
h3 { margin: 26px 0 10px; font-size: 1rem; }
h3 .of { color: var(--muted); font-weight: 400; font-size: 0.9rem; }
.samples { display: grid; gap: 12px; margin-bottom: 12px; }
.samples.worded { grid-template-columns: repeat(auto-fill, minmax(min(100%, 320px), 1fr)); }
.samples.ranked.pictured { grid-template-columns: repeat(auto-fill, minmax(min(100%, 470px), 1fr)); }
.samples.words { grid-template-columns: repeat(auto-fill, minmax(min(100%, 360px), 1fr)); }
.samples.regions { grid-template-columns: repeat(auto-fill, minmax(min(100%, 360px), 1fr)); }
.samples.answer { grid-template-columns: repeat(auto-fill, minmax(min(100%, 220px), 1fr)); }
.samples.found { grid-template-columns: repeat(auto-fill, minmax(min(100%, 200px), 1fr)); margin-top: 12px; }
.found .sample { display: flex; flex-direction: column; gap: 8px; }
.found .sample img { max-width: 100%; max-height: 240px; }
.found .reference { overflow-wrap: anywhere; }
.asking > img { max-width: 160px; max-height: 160px; border-radius: 6px; }
.sample { padding: 14px; min-width: 0; }
.sample img { display: block; max-width: 96px; max-height: 96px; border-radius: 6px; border: 1px solid var(--line); background: #fff; }
.sample p { margin: 0; }
.ranked .sample { display: flex; gap: 16px; align-items: center; }
.pictured .query { flex: 0 0 96px; }
.ranked.worded .sample { flex-direction: column; align-items: flex-start; justify-content: space-between; gap: 10px; }
.query .asked { font-size: 0.9rem; font-weight: 600; }
.sample ol { display: flex; gap: 6px; flex: 1; min-width: 0; margin: 0; padding: 0; list-style: none; font-size: 0.9rem; line-height: 1.35; }
.sample ol.said { flex-direction: column; }
.sample ol.seen { flex: none; flex-wrap: wrap; align-items: flex-start; }
.sample li { display: flex; gap: 8px; padding: 5px 8px; border-radius: 7px; border: 2px solid transparent; color: var(--muted); }
.seen li { flex-direction: column; gap: 3px; padding: 4px; }
.seen li img { max-width: 60px; max-height: 60px; }
.sample li.right { border-color: var(--right); color: var(--text); }
.rank { color: var(--muted); font-size: 0.8rem; font-variant-numeric: tabular-nums; min-width: 1.2em; }
.right .rank { color: var(--right); font-weight: 700; }
.words .sample { display: flex; gap: 14px; align-items: center; }
.sentence { font-size: 0.95rem; }
mark { padding: 0 3px; border-radius: 4px; color: inherit; background: var(--good); }
mark.wrong { background: var(--bad); }
ins { text-decoration: none; border-bottom: 2px solid var(--right); }
.answer .sample { display: flex; flex-direction: column; gap: 10px; }
.reference { color: var(--muted); font-size: 0.85rem; }
.asking { display: flex; gap: 8px; }
.sample .legend { display: flex; flex-wrap: wrap; gap: 2px 12px; margin-top: 8px; font-size: 0.85rem; color: var(--muted); }
.answer .asked { flex: 1; font-size: 0.95rem; }
.verdict span { color: var(--muted); font-size: 0.85rem; }
.verdict.right b { color: var(--right); }
.verdict.wrong b { color: var(--wrong); }
footer { margin-top: 48px; padding-top: 16px; border-top: 1px solid var(--line); color: var(--muted); font-size: 0.85rem; }
@media (max-width: 640px) {
  main { padding: 24px 14px 40px; }
  .ranked .sample { flex-direction: column; align-items: flex-start; }
  .pictured .query { flex-basis: auto; }
  thead { display: none; }
  tr { display: block; padding: 10px 0; border-top: 1px solid var(--line); }
  tbody tr:first-child { border-top: 0; }
  td { display: flex; justify-content: space-between; border: 0; padding: 3px 14px; }
  td::before { content: attr(data-head); color: var(--muted); font-weight: 400; }
}
@media print { body { background: #fff; } section { break-inside: avoid; } }
`;
