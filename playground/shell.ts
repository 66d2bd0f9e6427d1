// The page's HTML before any script has run.
import { frameOf, html, join, pictureStyle, raw } from "../view/index.js";
import { style } from "./style.js";

/** The page with its files embedded. */
export function shellOf(texts: Readonly<Record<string, string>>): string {
  return frameOf({ title: "vlmo", kind: "playground", style: pictureStyle + style, policy }, [
    header,
    tabs,
    editor,
    panels,
    // Inside a data script only the closing tag has a meaning.
    raw(`<script type="application/json" id="files">${JSON.stringify(texts).replaceAll("<", "\\u003c")}</script>`),
    raw('<script type="module" src="./page.js"></script>'),
  ]);
}

/** The content security policy: nothing is loaded from elsewhere, and nothing in a specification is run. */
const policy =
  "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'unsafe-inline'; img-src data:; " +
  "base-uri 'none'; form-action 'none'";

const header = html`<header>
  <h1>vlmo <span>playground</span></h1>
  <select id="file" aria-label="file"></select>
  <span class="buttons">
    <button type="button" id="new" title="A file of your own">New</button>
    <button type="button" id="format" title="Shift-Alt-F">Format</button>
    <button type="button" id="share" title="The address holds your changes to the open files">Copy link</button>
    <button type="button" id="reset" title="Back to the original files" disabled>Reset</button>
  </span>
</header>`;

const names = [
  ["editor", "Editor"],
  ["picture", "Picture"],
  ["plan", "Plan"],
  ["train", "Train"],
  ["resolved", "Resolved"],
] as const;

const tabs = html`<div id="tabs" role="tablist" aria-label="views">
  ${join(
    names.map(
      ([id, name]) =>
        html`<button type="button" role="tab" id="tab-${id}" aria-controls="${id}" aria-selected="false">
          ${name}
        </button>`,
    ),
  )}
</div>`;

const editor = html`<section id="editor" role="tabpanel" aria-labelledby="tab-editor">
  <div id="text"></div>
  <div class="found">
    <h2 aria-live="polite" id="problem-count">checking …</h2>
    <ul id="problems"></ul>
  </div>
</section>`;

const stale = html`<p class="note when-stale">The file has errors: this shows the last valid version.</p>`;

const panels = html`<section id="picture" class="panel" role="tabpanel" aria-labelledby="tab-picture" tabindex="0">
    ${stale}
    <div id="picture-drawing"></div>
  </section>
  <section id="plan" class="panel" role="tabpanel" aria-labelledby="tab-plan" tabindex="0">
    ${stale}
    <pre id="plan-text" tabindex="0" aria-label="plan"></pre>
  </section>
  <section id="resolved" class="panel" role="tabpanel" aria-labelledby="tab-resolved" tabindex="0">
    <p class="note">Every declaration of the file with everything it inherits, as <code>vlmo show</code> prints it.</p>
    <pre id="resolved-text" tabindex="0" aria-label="resolved declarations"></pre>
  </section>
  <section id="train" class="panel" role="tabpanel" aria-labelledby="tab-train">
    <div class="ask">
      <label
        >Stage
        <select id="train-stage"></select
      ></label>
      <label>Steps of each stage <input id="train-steps" type="number" min="1" max="5000" value="40" /></label>
      <button type="button" id="train-start" class="main" disabled>Train</button>
    </div>
    <p class="note" id="train-note"></p>
    <p id="train-status" aria-live="polite"></p>
    <div id="train-runs"></div>
  </section>`;
