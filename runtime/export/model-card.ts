// A model card, generated from the specification, the manifest and the log of the run: the model, its training data and stages,
// its results. Data are named by their blocks; no local path appears in it.
import { amount, counted } from "../../grammar/index.js";
import { ruleOf, sizeOf, type DataSpec, type HeadSpec, type ModelSpec } from "../../compiler/index.js";
import { countText, interval, percent, valueText, chanceText } from "../report/words.js";
import type { EvaluationLine, Metric } from "../report/run.js";
import type { Exporting } from "./format.js";

/** Markdown, with the Hub's header. */
export function modelCard({ model: { stage, spec, manifest, parameters }, version, evaluations }: Exporting): string {
  const { model, learn } = stage;
  const numbers = [...parameters.values()].reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  const { stages, data, imported } = manifest.provenance;
  const seen = data.map((name) => dataLine(name, spec.data.get(name)));
  return lines([
    ...header(learn.map(({ head }) => head)),
    `# ${model.name}, stage \`${stage.name}\``,
    "",
    `A mixture-of-modality-experts vision-language model ([VLMo](https://arxiv.org/abs/2111.02358)): ${sizesText(model)}, ` +
      `${amount(numbers)} parameters.`,
    "",
    "| expert | serves | layers | hidden |",
    "|---|---|---|---|",
    ...model.experts.map(
      ({ name, views, layers, ratio, activation }) =>
        `| ${name} | ${views.join(", ")} | ${layersText(layers)} | ${ratio} × width, ${activation} |`,
    ),
    "",
    "Heads: " + stage.heads.map(({ name, kind }) => `\`${name}\` (${kind})`).join(", ") + ".",
    "",
    "## Training",
    "",
    ...(imported === null ? [] : ["It began from a checkpoint of another program.", ""]),
    ...stages.map((each) => `- \`${each.stage}\`: ${each.steps.toLocaleString("en")} steps`),
    ...(stages.length === 0 ? ["Nothing of it was trained here."] : []),
    "",
    ...(seen.length === 0 ? [] : ["Data:", "", ...seen, ""]),
    "## Results",
    "",
    ...results(evaluations),
    "",
    "## Use",
    "",
    `Written by vlmo ${version}. \`config.json\` has the sizes, \`model.safetensors\` the weights by vlmo's names, ` +
      "`preprocessor_config.json` and `tokenizer.json` what is done to images and texts before the model sees them.",
  ]);
} // prettier-ignore

function lines(all: readonly string[]): string {
  return `${all.join("\n").replaceAll(/\n{3,}/g, "\n\n")}\n`;
}

function header(heads: readonly HeadSpec[]): string[] {
  const [task = null] = heads.map((head) => ruleOf(head).task(head)).filter((each) => each !== null);
  return [
    "---",
    "license: # to be filled in, such as apache-2.0",
    ...(task === null ? [] : [`pipeline_tag: ${task}`]),
    "tags: [vlmo, vision-language, mixture-of-experts]",
    "---",
    "",
  ];
} // prettier-ignore

function sizesText({ layers, width, attention, image, text }: ModelSpec): string {
  return [
    `${counted(layers, "layer")}, ${width} wide, ${attention.heads} heads of attention`,
    ...(image === null ? [] : [`images of ${image.size} pixels in patches of ${image.patch}`]),
    ...(text === null
      ? []
      : [`texts of ${text.length} tokens out of ${text.tokenizer.vocabulary.toLocaleString("en")}`]),
  ].join(", ");
}

/** `1–10`, or each layer where they are not consecutive. */
function layersText(layers: readonly number[]): string {
  const [first = 0, last = 0] = [layers[0], layers.at(-1)];
  return last - first + 1 === layers.length && layers.length > 1 ? `${first}–${last}` : layers.join(", ");
}

function dataLine(name: string, data: DataSpec | undefined): string {
  return data === undefined ? `- \`${name}\`` : `- \`${name}\`: ${data.kind}, format \`${data.format}\``;
}

function results(evaluations: readonly EvaluationLine[]): string[] {
  if (evaluations.length === 0) return ["Nothing was measured."];
  return [
    "| evaluation | metric | value | 95% interval | of | guessing |",
    "|---|---|---|---|---|---|",
    ...evaluations.flatMap(({ name, metrics }) =>
      metrics.map((metric) => `| ${[name, metric.name, valueText(metric), intervalText(metric), countText(metric) ?? "", chanceText(metric) ?? ""].join(" | ")} |`),
    ),
  ];
} // prettier-ignore

function intervalText(metric: Metric): string {
  const range = interval(metric);
  return range === null ? "" : `${percent(range[0])} – ${percent(range[1])}`;
}
