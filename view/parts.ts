// Small graphics in texts: bars and colour swatches. None of our elements has a style attribute: the content security policy of
// a served page lists the hashes of allowed styles, and changing parts have none.
import { html, join, raw, type Html } from "./html.js";

/** A bar for a share from 0 to 1, with an optional mark. Its value is written beside it. */
export function barOf(share: number, mark: number | null = null): Html {
  return html`<svg class="bar" aria-hidden="true">
    <rect class="all" width="100%" height="100%" rx="4" />
    <rect class="part" width="${partText(share)}" height="100%" rx="4" />
    ${mark === null ? raw("") : html`<rect class="mark" x="${partText(mark)}" y="-50%" width="2" height="200%" />`}
  </svg>`;
}

/** A stacked bar for the shares of a whole, each with its class. */
export function sharesBar(shares: readonly { readonly share: number; readonly kind: string }[]): Html {
  let x = 0;
  const parts = shares.map(({ share, kind }) => {
    const part = html`<rect class="${kind}" x="${partText(x)}" width="${partText(share)}" height="100%" />`;
    x += share;
    return part;
  });
  return html`<svg class="shares-bar" aria-hidden="true">${join(parts)}</svg>`;
}

/** A swatch of a colour, before its label. */
export function swatch(colour: string): Html {
  return html`<svg class="swatch" aria-hidden="true"><rect width="100%" height="100%" fill="${colour}" /></svg>`;
}

function partText(share: number): string {
  return `${(Math.min(1, Math.max(0, share)) * 100).toFixed(2)}%`;
}
