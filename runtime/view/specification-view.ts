// A specification, or two side by side, as a subject of `vlmo view`.
import { html } from "../../view/index.js";
import { specificationPage } from "./specification.js";
import type { Subject } from "./view.js";
import { stampOf } from "./watch.js";

/** The one page of these files. */
export function specificationSubject(files: readonly string[], set: readonly string[]): Subject {
  // What is imported is known when the file has been read.
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
      // Warnings stay where they are; a mistake stays in sight.
      const kind = body === null ? "mistake" : "warning";
      const messages = diagnostics === null ? null : html`<pre tabindex="0" class="${kind}">${diagnostics}</pre>`;
      return { title, parts: body === null ? null : [header, body], messages, style, watched, isPartial: false };
    },
  };
  return { kind: "specification", view: async (path) => (path.length === 0 ? view : null) };
}
