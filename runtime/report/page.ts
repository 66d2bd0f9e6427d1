// The summary page of a run: one self-contained HTML file, for light and dark screens, wide and narrow.
import { amount } from "../../grammar/index.js";
import { barOf, frameOf, html, join, raw, type Html } from "../../view/index.js";
import type { Picture } from "./charts.js";
import { figure } from "./figure.js";
import { rateOf, waitOf } from "./measured.js";
import { factsList, tableOf } from "./parts.js";
import type { EvaluationLine, Metric, RunRecord, StageRecord } from "./run.js";
import { samplesSection, type Images } from "./samples.js";
import {
  aboveChance,
  bestText,
  duration,
  interval,
  isShare,
  leftOutText,
  chanceText,
  countText,
  percent,
  aboutData,
  shortName,
  valueText,
  worstFirst,
} from "./words.js";

/** The pictures of the page. */
export interface PageParts {
  readonly pictures: ReadonlyMap<string, readonly Picture[]>;
  /** Pictures of samples by their path in the run folder, as data URLs. */
  readonly images: Images;
}

/** The parts of a run's pages, used by the report and `vlmo view`; a part without contents is empty. */
export interface RunParts {
  readonly facts: Html;
  readonly results: Html;
  readonly samples: Html;
  readonly stages: Html;
  readonly curves: Html;
  readonly footer: Html;
}

/** The parts of a run's pages. */
export function runParts(run: RunRecord, { pictures, images }: PageParts): RunParts {
  return {
    facts: factsList(factsOf(run)),
    results: results(run.evaluations),
    samples: samplesSection(run, images),
    stages: stagesTable(run.stages),
    curves: curves(run, pictures),
    footer: footer(run),
  };
}

/** The page as text. */
export function pageOf(run: RunRecord, parts: PageParts): string {
  const title = titleOf(run);
  const { facts, results, samples, stages, curves, footer } = runParts(run, parts);
  const header = html`<header>
    <p class="kind">vlmo run</p>
    <h1>${title}</h1>
    ${facts}
  </header>`;
  return frameOf({ title, kind: "vlmo run" }, [header, results, samples, stages, curves, footer]);
}

/** The name of its specification, or of its folder. */
export function titleOf({ info, folder }: RunRecord): string {
  return (info.spec ?? folder).replace(/^.*\//, "").replace(/\.vlmo$/, "");
}

function factsOf({ info, stages }: RunRecord): [string, string][] {
  const seconds = stages.reduce((sum, stage) => sum + stage.seconds, 0);
  const steps = stages.reduce((sum, stage) => sum + (stage.steps.at(-1)?.step ?? 0), 0);
  const started = info.started === undefined ? "" : info.started.slice(0, 16).replace("T", " ");
  return [
    ["Training time", duration(seconds)],
    ["Steps", steps.toLocaleString("en")],
    ["Engine", info.engine ?? "unknown"],
    ...(started === "" ? [] : [["Started", `${started} UTC`] satisfies [string, string]]),
  ];
}

function results(evaluations: readonly EvaluationLine[]): Html {
  if (evaluations.length === 0) {
    return html`<section>
      <h2>Results</h2>
      <p>Nothing has been evaluated yet.</p>
    </section>`;
  }
  const rows = evaluations.flatMap((evaluation) => evaluation.metrics.map((metric) => resultRow(evaluation, metric)));
  return html`<section>
    <h2>Results</h2>
    <div class="cards">${join(rows)}</div>
    <p class="note">
      The mark on each bar is chance level. Intervals are 95% confidence intervals (Wilson), from the number of examples
      evaluated.
    </p>
  </section>`;
}

function resultRow(line: EvaluationLine, metric: Metric): Html {
  const { name, stage } = line;
  const about = aboutData(line);
  const share = isShare(metric) && metric.value !== null;
  const range = interval(metric);
  const above = aboveChance(metric);
  return html`<article class="card">
    <p class="what">
      ${shortName(metric.name)}<span>${name}, after ${stage}${about === null ? "" : `; ${about}`}</span>
    </p>
    <p class="value">${valueText(metric)}</p>
    ${share ? barOf(metric.value ?? 0, metric.chance ?? null) : raw("")}
    <p class="said">${above === null ? chanceWords(metric) : html`<b>${above}</b> (${chanceWords(metric)})`}</p>
    ${range === null ? raw("") : html`<p class="range">95%: ${percent(range[0])} – ${percent(range[1])}</p>`}
    ${metric.parts === undefined ? raw("") : partsTable(metric, metric.parts)}
  </article>`;
}

/** Classes in a table; of longer lists the worst. */
const shownClasses = 30;

/** The values a metric is the mean of, the worst first. */
function partsTable({ unit }: Metric, parts: NonNullable<Metric["parts"]>): Html {
  const rows = worstFirst(parts)
    .slice(0, shownClasses)
    .map(
      ({ name, value, items }) =>
        html`<tr>
          <td>${name}</td>
          <td>${valueText({ unit, value })}</td>
          <td>${items === undefined ? "" : `of ${items.toLocaleString("en")}`}</td>
        </tr>`,
    );
  const left = parts.length - rows.length;
  return html`<details>
    <summary>By class, worst first</summary>
    <table>
      <tbody>
        ${join(rows)}
      </tbody>
    </table>
    ${left > 0 ? html`<p class="note">${left.toLocaleString("en")} more are in metrics.jsonl.</p>` : raw("")}
  </details>`;
}

function chanceWords(metric: Metric): string {
  return [chanceText(metric), countText(metric)].filter((part) => part !== null).join("; ");
}

function stagesTable(stages: readonly StageRecord[]): Html {
  if (stages.length === 0) return raw("");
  const heads = ["Stage", "Steps", "Time", "Items/s", "Data wait", "Trained", "First loss", "Last loss"];
  const rows = stages.map((stage) => [
    stage.name,
    stepsText(stage),
    duration(stage.seconds),
    rateText(stage),
    waitText(stage),
    parametersText(stage),
    lossAt(stage, "first"),
    lossAt(stage, "last"),
  ]);
  return html`<section>
    <h2>Stages</h2>
    ${tableOf(heads, rows)}
    <p class="note">
      Data wait is the share of the time in which the engine waited for data. Losses are means over the first and the
      last twentieth of a stage's steps.
    </p>
    ${bests(stages)} ${early(stages)} ${skipped(stages)} ${cut(stages)}
  </section>`;
}

function bests(stages: readonly StageRecord[]): Html {
  const words = stages.flatMap((stage) => {
    const best = bestText(stage);
    return best === null ? [] : [`${stage.name}, ${best}`];
  });
  return words.length === 0 ? raw("") : html`<p class="note">Best validation: ${words.join("; ")}.</p>`;
}

function early(stages: readonly StageRecord[]): Html {
  const words = stages.flatMap((stage) => (stage.early ? [`${stage.name} after ${stepsText(stage)} steps`] : []));
  if (words.length === 0) return raw("");
  return html`<p class="note">Stopped early by <code>patience</code>: ${words.join("; ")}.</p>`;
}

function skipped(stages: readonly StageRecord[]): Html {
  return counted("Items skipped because they could not be used", stages, (stage) => stage.skipped);
}

function cut(stages: readonly StageRecord[]): Html {
  return counted("Texts truncated to the model's length", stages, (stage) => stage.textsCut);
}

/** A note on how many of something the stages had, where any had some. */
function counted(what: string, stages: readonly StageRecord[], of: (stage: StageRecord) => number): Html {
  const some = stages.filter((stage) => of(stage) > 0);
  if (some.length === 0) return raw("");
  const words = some.map((stage) => `${of(stage).toLocaleString("en")} in ${stage.name}`).join(", ");
  return html`<p class="note">${what}: ${words}.</p>`;
}

function stepsText({ steps, planned }: StageRecord): string {
  const done = steps.at(-1)?.step ?? 0;
  const all = planned === null || planned === done ? "" : ` of ${planned.toLocaleString("en")}`;
  return `${done.toLocaleString("en")}${all}`;
}

function rateText(stage: StageRecord): string {
  const rate = rateOf(stage);
  if (rate === null) return "–";
  return rate < 10 ? rate.toFixed(1) : Math.round(rate).toLocaleString("en");
}

function waitText(stage: StageRecord): string {
  const wait = waitOf(stage);
  return wait === null ? "–" : percent(wait);
}

function parametersText({ trainedParameters, allParameters }: StageRecord): string {
  if (trainedParameters === null) return "–";
  if (allParameters === null || allParameters === trainedParameters) return amount(trainedParameters);
  return `${amount(trainedParameters)} of ${amount(allParameters)}`;
}

function lossAt({ steps }: StageRecord, where: "first" | "last"): string {
  const count = Math.max(1, Math.floor(steps.length / 20));
  const part = where === "first" ? steps.slice(0, count) : steps.slice(-count);
  const losses = part.flatMap(({ loss }) => loss["total"] ?? []);
  return losses.length === 0 ? "–" : (losses.reduce((a, b) => a + b, 0) / losses.length).toFixed(3);
}

function curves({ stages }: RunRecord, pictures: PageParts["pictures"]): Html {
  const figures = (about: Picture["about"]): Html[] =>
    stages.flatMap(({ name }) =>
      (pictures.get(name) ?? []).filter((picture) => picture.about === about).map((picture) => figure(name, picture)),
    );
  const [results, course] = [figures("results"), figures("course")];
  if (results.length + course.length === 0) return raw("");
  const marked = stages.some(({ best }) => best !== null);
  return html`<section>
    <h2>Curves</h2>
    <div class="figures">${join(results)}</div>
    <p class="note">
      Pale lines are single steps (or means of a few), bold lines a moving average.
      ${marked ? "The dashed line marks the best validation of a stage." : ""}
    </p>
    <details>
      <summary>Learning rate, gradient norm (of stages that clip), throughput</summary>
      <div class="figures">${join(course)}</div>
    </details>
  </section>`;
}

function footer({ info, folder, leftOut }: RunRecord): Html {
  const shown = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));
  const params = Object.entries(info.params ?? {}).map(([name, value]) => `${name} = ${shown(value)}`);
  const { set = [] } = info;
  const again = info.resume ?? `vlmo train ${info.spec ?? "FILE"} --out ${folder} --resume`;
  return html`<footer>
    ${params.length === 0 ? raw("") : html`<p>Parameters of the file: ${params.join(", ")}</p>`}
    ${set.length === 0 ? raw("") : html`<p>Set on the command line: ${set.join(", ")}</p>`}
    ${leftOut === 0 ? raw("") : html`<p>${leftOutText(leftOut)}</p>`}
    <p>
      Resume it or see it finished: <code>${again}</code><br />
      Every number: <code>metrics.jsonl</code>, curves: <code>pictures/</code>. vlmo ${info.vlmo ?? ""}
    </p>
  </footer>`;
}
