// A specification, or two side by side, as a subject of `vlmo view`.
import { html } from "../../view/index.js";
import { specificationPage } from "./specification.js";
import type { Subject } from "./view.js";
import { stampOf } from "./watch.js";

/** The subject with a single page for these files. */
export function specificationSubject(files: readonly string[], set: readonly string[]): Subject {
  // Imports are known once the file has been read.
  let watched = files;
  const view = {
    share: 0.5,
    mark: () => stampOf(watched),
    show: async () => {
      const { title, body, style, diagnostics, ...page } = specificationPage(files, set);
      watched = page.watched;
      const header = html`<header>
        <p class="kind">vlmo view</p>
        <h1>${title}</h1>
      </header>`;
      // Warnings scroll with the page; a mistake stays visible.
      const kind = body === null ? "mistake" : "warning";
      const messages = diagnostics === null ? null : html`<pre tabindex="0" class="${kind}">${diagnostics}</pre>`;
      return { title, parts: body === null ? null : [header, body], messages, style, watched, isPartial: false };
    },
  };
  return { kind: "specification", view: async (path) => (path.length === 0 ? view : null) };
}
