// What several pages are made of: facts beside each other, tables that become cards on narrow screens, bars. No element has
// a style of its own: a server's policy forbids what no hash can name.
import { html, join, raw, type Html } from "../../view/index.js";

/** Names with their values. */
export function factsList(facts: readonly (readonly [name: string, value: string])[]): Html {
  const items = facts.map(
    ([name, value]) =>
      html`<div>
        <dt>${name}</dt>
        <dd>${value}</dd>
      </div>`,
  );
  return html`<dl class="facts">${join(items)}</dl>`;
}

/** A table with a head for each column. */
export function tableOf(heads: readonly string[], rows: readonly (readonly (string | Html)[])[]): Html {
  const row = (cells: readonly (string | Html)[]): Html =>
    html`<tr>
      ${join(cells.map((cell, i) => html`<td data-head="${heads[i] ?? ""}">${cell}</td>`))}
    </tr>`;
  return html`<table>
    <thead>
      <tr>
        ${join(heads.map((head) => html`<th>${head}</th>`))}
      </tr>
    </thead>
    <tbody>
      ${join(rows.map(row))}
    </tbody>
  </table>`;
}

/** A bar for a share from 0 to 1, with a mark at another where one is given. What it says stands beside it. */
export function barOf(share: number, mark: number | null = null): Html {
  const part = (value: number) => `${(Math.min(1, Math.max(0, value)) * 100).toFixed(2)}%`;
  return html`<svg class="bar" aria-hidden="true">
    <rect class="all" y="4" width="100%" height="8" rx="4" />
    <rect class="part" y="4" width="${part(share)}" height="8" rx="4" />
    ${mark === null ? raw("") : html`<rect class="mark" x="${part(mark)}" width="2" height="16" />`}
  </svg>`;
}

/** A patch of a colour, before what the colour stands for. */
export function swatch(colour: string): Html {
  return html`<svg class="swatch" aria-hidden="true"><rect width="100%" height="100%" fill="${colour}" /></svg>`;
}
