// Elements of several pages: lists of facts, tables that become cards on narrow screens.
import { html, join, type Html } from "../../view/index.js";

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

/** A table with a heading for each column. */
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
