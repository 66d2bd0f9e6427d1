// What every page of ours is in: one HTML file that needs nothing else, for light and dark screens, wide and narrow.
import { html, join, raw, type Html } from "./html.js";
import { style } from "./style.js";

/** A page as text; `kind` stands behind its title in the tab. */
export function frameOf(
  { title, kind }: { readonly title: string; readonly kind: string },
  body: readonly Html[],
): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title} · ${kind}</title>
        <style>
          ${raw(style)}
        </style>
      </head>
      <body>
        <main>${join(body)}</main>
      </body>
    </html> `.text;
}
