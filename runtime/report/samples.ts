// Examples on the page: rankings with the right candidate marked, sentences with predicted tokens, and answers beside the
// truth.
import { html, join, raw, swatch, type Html } from "../../view/index.js";
import type { SampleOf, Word } from "../evaluate/samples.js";
import { percent } from "./words.js";

/** One example; pictures are paths in the run folder. */
export type Sample = SampleOf<string>;

/** Examples of evaluations, by their names and stages. */
export interface Examples {
  readonly samples: readonly { readonly name: string; readonly stage: string; readonly samples: readonly Sample[] }[];
}

/** Pictures by their path, as data URLs. */
export type Images = ReadonlyMap<string, string>;

/** Every picture that an example shows. */
export function picturesOf(sample: Sample): string[] {
  const ranked = sample.form === "ranked" ? sample.ranked.flatMap(({ picture }) => picture ?? []) : [];
  const made = sample.form === "reconstructed" ? [sample.made] : [];
  const regions = sample.form === "regions" ? [sample.said, sample.truth] : [];
  return [...sample.pictures, ...ranked, ...made, ...regions];
}

const notes: Readonly<Record<Sample["form"], string>> = {
  ranked: "The top three candidates; the correct one is marked wherever it ranked.",
  words:
    "Marked words were masked. Green: predicted correctly; red: the model's prediction, followed by the true word.",
  answer: "The model's answer, its confidence, and whether it was correct.",
  reconstructed: "Each image, and its reconstruction from codes alone.",
  caption: "The model's caption, and below it the reference captions.",
  regions: "The image, its predicted segmentation, and the ground truth.",
};

/** The section of all examples; nothing where there are none. */
export function samplesSection({ samples: groups }: Examples, images: Images): Html {
  if (groups.length === 0) return raw("");
  const shown = groups.map(({ name, stage, samples }) => {
    // Similar examples are grouped: texts for an image, then images for a text.
    const kindOf = ({ form, pictures }: Sample) => `${form} ${pictures.length > 0 ? "pictured" : "worded"}`;
    const grids = [...new Set(samples.map(kindOf))].map((kind) => {
      const own = samples.filter((sample) => kindOf(sample) === kind);
      return html`<div class="samples ${kind}">${join(own.map((sample) => sampleOf(sample, images)))}</div>`;
    });
    const forms = [...new Set(samples.map(({ form }) => form))];
    return html`<h3>${name} <span class="of">after ${stage}</span></h3>
      ${join(grids)} ${join(forms.map((form) => html`<p class="note">${notes[form]}</p>`))}`;
  });
  return html`<section>
    <h2>Examples</h2>
    <p class="note">Taken at equal intervals from the evaluation data, not selected.</p>
    ${join(shown)}
  </section>`;
}

function sampleOf(sample: Sample, images: Images): Html {
  const asked = join(sample.pictures.map((picture) => image(picture, sample.text ?? "picture", images)));
  const text = sample.text === undefined ? raw("") : html`<p class="asked">${sample.text}</p>`;
  switch (sample.form) {
    case "ranked":
      return html`<article class="sample">
        <div class="query">${asked}${text}</div>
        <ol class="${sample.ranked.some(({ picture }) => picture !== undefined) ? "seen" : "said"}">
          ${join(sample.ranked.map((answer) => rankedItem(answer, images)))}
        </ol>
      </article>`;
    case "words":
      return html`<article class="sample">
        ${asked}
        <p class="sentence">${join(sample.words.map(word))}</p>
      </article>`;
    case "reconstructed":
      return html`<article class="sample">
        <div class="asking">${asked}${image(sample.made, "its reconstruction", images)}</div>
      </article>`;
    case "regions":
      return html`<article class="sample">
        <div class="asking">
          ${asked} ${image(sample.said, "what the model said", images)} ${image(sample.truth, "the truth", images)}
        </div>
        <p class="legend">
          ${join(sample.legend.map(({ name, colour }) => html`<span>${swatch(colour)}${name}</span> `))}
        </p>
      </article>`;
    case "answer": {
      const right = sample.said === sample.truth;
      return html`<article class="sample">
        <div class="asking">${asked}</div>
        ${text}
        <p class="verdict ${right ? "right" : "wrong"}">
          <b>${right ? "✓" : "✗"} ${sample.said}</b> <span>${percent(sample.sure)} sure</span>
          ${right ? raw("") : html`<span>· in truth ${sample.truth}</span>`}
        </p>
      </article>`;
    }
    case "caption":
      return html`<article class="sample">
        <div class="asking">${asked}</div>
        <p class="sentence"><b>${sample.said}</b></p>
        ${join(sample.references.slice(0, shown).map((text) => html`<p class="reference">${text}</p>`))}
      </article>`;
  }
}

/** References shown beside a generated caption. */
const shown = 5;

type Answer = Extract<Sample, { form: "ranked" }>["ranked"][number];

function rankedItem({ text, picture, rank, right }: Answer, images: Images): Html {
  const shown = picture === undefined ? html`<span>${text ?? ""}</span>` : image(picture, text ?? "picture", images);
  return html`<li class="${right ? "right" : ""}"><span class="rank">${String(rank)}</span>${shown}</li>`;
}

function word({ text, truth, joined }: Word): Html {
  const space = joined === true ? "" : " ";
  if (truth === undefined) return html`${space}${text}`;
  if (truth === text) return html`${space}<mark class="right">${text}</mark>`;
  return html`${space}<mark class="wrong"><s>${text}</s></mark> <ins>${truth}</ins>`;
}

function image(path: string, words: string, images: Images): Html {
  const source = images.get(path);
  return source === undefined ? raw("") : html`<img src="${source}" alt="${words}" />`;
}
