// The frame of every page: one self-contained HTML file, for light and dark screens, wide and narrow.
import { html, join, raw, type Html } from "./html.js";
import { style } from "./style.js";

/** The properties of a page besides its body. */
export interface Frame {
  readonly title: string;
  /** Follows the title in the tab. */
  readonly kind: string;
  /** Style rules after those of every page. */
  readonly style?: string;
  /** Its Content-Security-Policy; by default that of its host. */
  readonly policy?: string;
}

/** A page as text. */
export function frameOf({ title, kind, style: own = "", policy }: Frame, body: readonly Html[]): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        ${policyOf(policy)}
        <meta name="color-scheme" content="light dark" />
        <title>${title} · ${kind}</title>
        <style>
          ${raw(style + own)}
        </style>
      </head>
      <body>
        <main>${join(body)}</main>
      </body>
    </html> `.text;
}

function policyOf(policy: string | undefined): Html {
  return policy === undefined ? html`` : html`<meta http-equiv="Content-Security-Policy" content="${policy}" />`;
}
