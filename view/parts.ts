// Small pictures in texts: bars and patches of a colour. No element of ours has a style attribute: the policy of a page that
// is served names what may style it by hashes, and what changes has none.
import { html, join, raw, type Html } from "./html.js";

/** A bar for a share from 0 to 1, with a mark at another where one is given. What it says stands beside it. */
export function barOf(share: number, mark: number | null = null): Html {
  return html`<svg class="bar" aria-hidden="true">
    <rect class="all" width="100%" height="100%" rx="4" />
    <rect class="part" width="${partText(share)}" height="100%" rx="4" />
    ${mark === null ? raw("") : html`<rect class="mark" x="${partText(mark)}" y="-50%" width="2" height="200%" />`}
  </svg>`;
}

/** One bar for the shares of a whole, each with its class. */
export function sharesBar(shares: readonly { readonly share: number; readonly kind: string }[]): Html {
  let x = 0;
  const parts = shares.map(({ share, kind }) => {
    const part = html`<rect class="${kind}" x="${partText(x)}" width="${partText(share)}" height="100%" />`;
    x += share;
    return part;
  });
  return html`<svg class="shares-bar" aria-hidden="true">${join(parts)}</svg>`;
}

/** A patch of a colour, before what the colour stands for. */
export function swatch(colour: string): Html {
  return html`<svg class="swatch" aria-hidden="true"><rect width="100%" height="100%" fill="${colour}" /></svg>`;
}

function partText(share: number): string {
  return `${(Math.min(1, Math.max(0, share)) * 100).toFixed(2)}%`;
}
