// Results of a stage on held-out scenes: the metric of each of its heads that has examples, and a few examples as the report
// shows them.
import {
  metricsOn,
  ruleOf,
  type DataSpec,
  type HeadSpec,
  type MetricSpec,
  type StageSpec,
} from "../../compiler/index.js";
import {
  chanceText,
  createAll,
  evaluateBy,
  openShapes,
  releaseAll,
  samplesSection,
  valueText,
  type Engine,
  type Evaluation,
  type ImageLoader,
  type ImageSource,
  type Sample,
  type Tensors,
  type Tokenizer,
} from "../../runtime/in-page.js";
import { html, join } from "../../view/index.js";
import { generated, type Shapes } from "../stages.js";

/** Held-out scenes that are evaluated. */
const items = 48;

/** A trained stage. */
export interface Learnt {
  readonly stage: StageSpec;
  readonly parameters: Tensors;
  readonly tokenizer: Tokenizer | null;
  readonly engine: Engine;
  readonly images: ImageLoader;
}

/** Markup of the answers of the stage's heads; null where none of them has examples. */
export async function examplesOf({ stage, parameters, tokenizer, engine, images }: Learnt): Promise<string | null> {
  const [trained] = stage.data;
  if (trained === undefined) return null;
  const metrics = stage.learn.flatMap(({ head }) => metricOf(head, trained));
  if (metrics.length === 0) return null;
  const data = unseen(generated(trained));
  const dataSet = await openShapes(data.kind, data.settings);
  const evaluation = { name: stage.name, stage: stage.name, data, metrics, batch: items, span: stage.span };
  const handles = createAll(engine, parameters);
  try {
    return shown(
      stage,
      await evaluateBy({ evaluation, stage, dataSet, tokenizer, engine, images, parameters: handles }),
    );
  } finally {
    releaseAll(engine, handles);
  }
}

/** The metric whose evaluation yields a head's examples: the first that it has, of the first choice if it takes several. */
function metricOf(head: HeadSpec, data: DataSpec): MetricSpec[] {
  const forms: readonly (string | null)[] = ["answer", "words", "ranked"];
  const [name] = metricsOn(data, head);
  if (name === undefined || !forms.includes(ruleOf(head).shows)) return [];
  return [{ name, arguments: [1], head: head.name, rerank: null, windows: null, span: head.span }];
}

function unseen(data: Shapes): Shapes {
  return { ...data, settings: { ...data.settings, split: "test", items }, items };
}

function shown({ name: stage }: StageSpec, { metrics, samples }: Evaluation): string {
  const said = metrics.map((metric) => {
    const chance = chanceText(metric);
    return html`<p class="measured">
      <b>${valueText(metric)}</b> ${metric.name}${chance === null ? "" : ` (${chance})`}
    </p>`;
  });
  const pictures = new Map<string, string>();
  const placed = samples.flatMap((sample) => withPictures(sample, pictures));
  const group = { samples: [{ name: "unseen scenes", stage, samples: placed }] };
  return html`${join(said)} ${samplesSection(group, pictures)}`.text;
}

type Placed = Parameters<typeof samplesSection>[0]["samples"][number]["samples"][number];

/** Pictures by their keys; examples of other forms have none here. */
function withPictures(sample: Sample, pictures: Map<string, string>): Placed[] {
  const named = (source: { readonly key: string }): string => {
    const { key } = source;
    pictures.set(key, `data:image/svg+xml,${encodeURIComponent(svgOf(source as ImageSource))}`);
    return key;
  };
  const asked = sample.pictures.map(named);
  switch (sample.form) {
    case "ranked": {
      const ranked = sample.ranked.map(({ picture, ...rest }) => ({
        ...rest,
        ...(picture !== undefined && { picture: named(picture) }),
      }));
      return [{ ...sample, pictures: asked, ranked }];
    }
    case "answer":
    case "words":
      return [{ ...sample, pictures: asked }];
    case "caption":
    case "reconstructed":
    case "regions":
      return [];
  }
}

function svgOf(source: ImageSource): string {
  return source.kind === "drawing" ? source.svg : "";
}
