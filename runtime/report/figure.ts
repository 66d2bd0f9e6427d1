// A figure of curves in a page, with its legend.
import { html, join, raw, swatch, type Html } from "../../view/index.js";
import type { Picture } from "./charts.js";

/** The figure; `of` precedes the title. */
export function figure(of: string, { title, legend, inline }: Picture): Html {
  const names = legend.map(({ name, colour }) => html`<li>${swatch(colour)}${name}</li>`);
  return html`<figure>
    <figcaption>${of} <span>${title.toLowerCase()}</span></figcaption>
    ${raw(inline)}
    <ul class="legend">
      ${join(names)}
    </ul>
  </figure>`;
}
