// The page of a sweep: its table, and the curves of the best settings in one picture.
import { frameOf, html, join, raw, type Html } from "../../view/index.js";
import { comparedPicture, type Picture, type Series } from "../report/charts.js";
import { figure } from "../report/figure.js";
import { tableOf } from "../report/parts.js";
import { isShare, percent } from "../report/words.js";
import { courseOf, type Points } from "./course.js";
import type { Group, Outcome, Results } from "./outcome.js";
import { meanText, trainedText } from "./words.js";
import { settingsText } from "./trials.js";

/** Settings whose curves are shown: more cannot be distinguished. */
const SHOWN = 7;

/** The page as text. */
export function sweepPage(title: string, results: Results): string {
  const body = [
    html`<header>
      <p class="kind">vlmo sweep</p>
      <h1>${title}</h1>
    </header>`,
    table(results),
    curves(results),
  ];
  return frameOf({ title, kind: "vlmo sweep" }, body);
}

function table({ metric, groups }: Results): Html {
  const names = groups[0]?.settings.map(({ name }) => name) ?? [];
  const heads = [...names, "trained", metric?.name ?? "nothing measured"];
  const rows = groups.map((group) => [
    ...group.settings.map(({ value }) => value),
    trainedText(group),
    meanText(metric, group),
  ]);
  return html`<section>
    <h2>Settings, the best first</h2>
    ${tableOf(heads, rows)}
    <p class="note">Means over seeds ± their standard deviation.</p>
  </section>`;
}

function curves({ metric, groups }: Results): Html {
  const shown = groups.slice(0, SHOWN);
  const share = metric !== null && isShare(metric);
  const pictures = [
    comparedPicture({ title: "Loss", series: shown.map((group) => seriesOf(group, lossOf)) }),
    comparedPicture({
      title: metric?.name ?? "Measured",
      series: shown.map((group) => seriesOf(group, measuredOf)),
      ...(share && { axis: percent }),
    }),
  ].filter((picture): picture is Picture => picture !== null);
  if (pictures.length === 0) return raw("");
  const note = groups.length > SHOWN ? html`<p class="note">Of the best ${String(SHOWN)} settings.</p>` : raw("");
  return html`<section>
    <h2>Curves</h2>
    <div class="figures">${join(pictures.map((picture) => figure("", picture)))}</div>
    ${note}
  </section>`;
}

/** The mean over the seeds, at each step that all have reached. */
function seriesOf({ settings, outcomes }: Group, pointsOf: (outcome: Outcome) => Points): Series {
  const all = outcomes.map(pointsOf).filter((points) => points.length > 0);
  const shortest = all.reduce((least, points) => (points.length < least.length ? points : least), all[0] ?? []);
  const points = shortest.map(([step], i) => {
    const values = all.map((each) => each[i]?.[1] ?? 0);
    return [step, values.reduce((sum, value) => sum + value, 0) / values.length] as const;
  });
  return { name: settingsText(settings), points };
}

/** The loss of the last stage. */
function lossOf({ run }: Outcome): Points {
  return (run?.stages.at(-1)?.steps ?? []).flatMap(({ step, loss }) => {
    const { total } = loss;
    return total === undefined || total === null ? [] : [[step, total] as const];
  });
}

/** The values of the table's metric during training of the last stage. */
function measuredOf({ run, of }: Outcome): Points {
  return run === null || of === null ? [] : courseOf(run, of);
}
