// A run as a view of `vlmo view`: progress, the tree of stages, curves, results and examples.
import type { Spec } from "../../compiler/front-end.js";
import { html, pictureOf, pictureStyle, raw, type Html } from "../../view/index.js";
import { chartsOf, type Picture } from "../report/charts.js";
import { imagesOf } from "../report/index.js";
import { runParts, titleOf } from "../report/page.js";
import { createRunReader, type RunRecord, type StageRecord } from "../report/run.js";
import { summarized } from "../runs/summary.js";
import { progressSection } from "./progress.js";
import { specificationOf } from "./asked.js";
import { runFiles, stampOfRun } from "./run-files.js";
import { runStyle } from "./run-style.js";
import { stageTree } from "./stage-tree.js";
import type { View } from "./view.js";

/** The view of a run folder, with the link `back` at its top. */
export function runView(folder: string, name: string, back: Html): View {
  const reader = createRunReader(folder);
  const specification = specificationOf(folder);
  return {
    share: 0.1,
    mark: () => stampOfRun(folder),
    show: async () => {
      const run = await reader.read();
      const spec = await specification(run);
      const title = titleOf(run);
      const parts = partsOf(run, spec, { title, name, back, images: await imagesOf(run) });
      const style = runStyle + pictureStyle;
      return { title, parts, messages: null, style, watched: runFiles(folder), isPartial: false };
    },
  };
}

interface Around {
  readonly title: string;
  readonly name: string;
  readonly back: Html;
  readonly images: ReadonlyMap<string, string>;
}

function partsOf(run: RunRecord, spec: Spec | null, { title, name, back, images }: Around): Html[] {
  const summary = summarized(run);
  const pictures = new Map(run.stages.map((stage) => [stage.name, picturesOf(stage)]));
  // The curves of the current stage are at the top, and not repeated among the others.
  const current = summary.stages.find(({ state }) => state === "training")?.name ?? "";
  const moving = pictures.get(current) ?? [];
  pictures.delete(current);
  const { facts, results, samples, stages, curves, footer } = runParts(run, { pictures, images });
  const header = html`<header>
    ${back}
    <p class="kind">vlmo run</p>
    <h1>${title} <span class="of">${name}</span></h1>
    ${facts}
  </header>`;
  const about = [header, progressSection(run, summary, moving), stageTree(run, summary, spec)];
  return [...about, curves, results, samples, stages, spec === null ? raw("") : pictureSection(spec), footer];
}

/** A cache by stage record: a finished stage is drawn once. */
const drawn = new WeakMap<StageRecord, Picture[]>();

function picturesOf(stage: StageRecord): Picture[] {
  const pictures = drawn.get(stage) ?? chartsOf(stage);
  drawn.set(stage, pictures);
  return pictures;
}

const specPictures = new WeakMap<Spec, Html>();

function pictureSection(spec: Spec): Html {
  const picture = specPictures.get(spec) ?? pictureOf(spec);
  specPictures.set(spec, picture);
  return html`<section>
    <h2>Specification</h2>
    <details>
      <summary>Its models, the paths of their views, and its stages as a picture</summary>
      ${picture}
    </details>
  </section>`;
}
