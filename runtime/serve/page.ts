// The page to try a model in the browser: one form for all heads, sent by browser.js, which shows the answer. It loads nothing
// from elsewhere, and its headers forbid it.
import { readFileSync } from "node:fs";
import { join as pathOf } from "node:path";
import { frameOf, html, join, raw, type Html } from "../../view/index.js";
import { policyOf } from "../http/policy.js";
import { usualTemplate } from "../predict/candidates.js";
import { factsList } from "../report/parts.js";
import { amount } from "../../grammar/index.js";
import type { HeadDescription, ModelDescription } from "./describe.js";
import type { Reply } from "./reply.js";

/** The page of a model, with the headers that go with it. */
export function createPage(model: ModelDescription): Reply {
  const script = readFileSync(pathOf(import.meta.dirname, "browser.js"), "utf8");
  const frame = { title: `${model.model}, stage ${model.stage}`, kind: "vlmo serve", style };
  const body = frameOf(frame, [header(model), form(model.heads), answers, raw(`<script>${script}</script>`)]);
  return { status: 200, type: "text/html", body, headers: { "Content-Security-Policy": policyOf(body) } };
}

function header({ model, stage, step, parameters, image, text }: ModelDescription): Html {
  const facts: [string, string][] = [
    ["stage", stage],
    ["steps", String(step)],
    ["parameters", amount(parameters)],
    ...(image === null ? [] : [["images", `${image} px`] as [string, string]]),
    ...(text === null ? [] : [["texts", `${text} tokens`] as [string, string]]),
  ];
  return html`<header>
    <p class="kind">vlmo serve</p>
    <h1>${model}</h1>
    ${factsList(facts)}
  </header>`;
}

function form(heads: readonly HeadDescription[]): Html {
  if (heads.length === 0)
    return html`<p class="note">No head of this stage answers: its heads serve training alone.</p>`;
  return html`<section>
    <h2>Ask</h2>
    <form id="ask" method="post" action="/predict" enctype="multipart/form-data">
      <div class="field">
        <label for="head">Head</label>
        <select id="head" name="head">
          ${join(heads.map(option))}
        </select>
        <p class="note" id="about"></p>
      </div>
      <div class="field" data-for="images">
        <label for="images">Image</label>
        <input id="images" name="images" type="file" accept="image/*" multiple />
        <div id="seen"></div>
      </div>
      <div class="field" data-for="texts">
        <label for="texts">Text</label>
        <textarea id="texts" name="texts" rows="2"></textarea>
        <p class="note">One a line.</p>
      </div>
      <div class="field" data-for="classes">
        <label for="classes">Names to choose from</label>
        <input id="classes" name="classes" type="text" placeholder="dog, cat, horse" autocomplete="off" />
      </div>
      <div class="field" data-for="classes">
        <label for="template">The text of a name</label>
        <input id="template" name="template" type="text" placeholder="${usualTemplate}" autocomplete="off" />
      </div>
      <div class="field short" data-for="top">
        <label for="top">How many are shown</label>
        <input id="top" name="top" type="number" min="1" max="100" value="5" />
      </div>
      <button type="submit">Ask</button>
    </form>
  </section>`;
}

function option({
  name,
  kind,
  images,
  text,
  chooses,
  learnt,
  note,
  classes = [],
  colours = [],
}: HeadDescription): Html {
  const reads = [...["", "an image", "two images"].slice(images, images + 1), ...(text ? ["a text"] : [])];
  const about = chooses ? "an image among texts" : reads.filter((each) => each !== "").join(" and ");
  const known = { images, text, chooses, about, kind, note, classes: colours.length === 0 ? [] : classes, colours };
  return html`<option value="${name}" data-head="${JSON.stringify(known)}" ${raw(learnt ? "selected" : "")}>
    ${name} (${kind})
  </option>`;
}

const answers = html`<section id="answers" aria-live="polite" aria-busy="false" hidden>
  <h2>Answer <span class="of" id="took"></span></h2>
  <div id="said"></div>
</section>`;

const style = `
main { max-width: 760px; }
form { display: grid; gap: 20px; padding: 22px 24px 24px; background: var(--panel); border: 1px solid var(--line); border-radius: 10px; }
.field { display: grid; gap: 6px; min-width: 0; }
.field[hidden] { display: none; }
.field .note { margin: 0; }
label { font-weight: 600; font-size: 0.9rem; }
select, textarea, input { width: 100%; padding: 9px 11px; border: 1px solid var(--line); border-radius: 7px; background: var(--page); color: var(--text); font: inherit; }
textarea { resize: vertical; min-height: 4.2em; }
.short input { width: 7em; }
input[type="file"] { padding: 8px; }
input::file-selector-button { margin-right: 12px; padding: 5px 12px; border: 1px solid var(--line); border-radius: 6px; background: var(--panel); color: var(--text); font: inherit; }
button { justify-self: start; padding: 10px 26px; border: 0; border-radius: 7px; background: var(--accent); color: var(--page); font: inherit; font-weight: 650; cursor: pointer; }
button:disabled { opacity: 0.55; cursor: progress; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
#seen { display: flex; flex-wrap: wrap; gap: 8px; }
#seen img { width: 84px; height: 84px; object-fit: cover; border-radius: 6px; border: 1px solid var(--line); }
#said { display: grid; gap: 14px; }
.prediction { padding: 16px 18px; background: var(--panel); border: 1px solid var(--line); border-radius: 10px; min-width: 0; }
.prediction > p { margin: 0; overflow-wrap: anywhere; }
.prediction .asked { color: var(--muted); font-size: 0.9rem; margin-bottom: 10px; }
.prediction .plain { font-size: 1.15rem; font-weight: 600; }
.prediction ol { margin: 0; padding: 0; list-style: none; display: grid; gap: 9px; }
.prediction ol + ol, .prediction p + ol { margin-top: 14px; }
.prediction li { display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: 3px 14px; }
.prediction li span { overflow-wrap: anywhere; }
.prediction li b { font-weight: 500; color: var(--muted); font-variant-numeric: tabular-nums; }
.prediction li:first-child span, .prediction li:first-child b { font-weight: 650; color: var(--text); }
.prediction li i { display: inline-block; width: 0.8em; height: 0.8em; margin-right: 0.5em; border: 1px solid var(--line); border-radius: 2px; }
progress { grid-column: 1 / -1; width: 100%; height: 6px; appearance: none; border: 0; border-radius: 3px; overflow: hidden; background: var(--track); }
progress::-webkit-progress-bar { background: var(--track); }
progress::-webkit-progress-value { background: var(--accent); }
progress::-moz-progress-bar { background: var(--accent); }
.prediction img { display: block; max-width: 100%; height: auto; margin-bottom: 14px; border-radius: 6px; border: 1px solid var(--line); }
.mistake { border-left: 3px solid var(--wrong); }
.mistake .help { margin-top: 6px; color: var(--muted); font-size: 0.9rem; }
`;
