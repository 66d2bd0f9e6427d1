// Several runs as a view of `vlmo view`: a table, and their curves in one picture. Only this digest of a run is kept, and its
// log only while it is in progress: there may be hundreds.
import { basename } from "node:path";
import { html, join, raw, seriesVariable, swatch, type Html } from "../../view/index.js";
import { VlmoError } from "../errors/vlmo-error.js";
import { comparedPicture, thinned, type Picture, type Series } from "../report/charts.js";
import { figure } from "../report/figure.js";
import { tableOf } from "../report/parts.js";
import { createRunReader, type Metric, type RunReader, type StageRecord } from "../report/run.js";
import { duration, isShare, percent } from "../report/words.js";
import { summarized, type RunSummary } from "../runs/summary.js";
import { resultText, stageText } from "../runs/words.js";
import { stampOfRun } from "./run-files.js";
import { runStyle } from "./run-style.js";
import type { View } from "./view.js";

/** A run with its name among others. */
export interface NamedRun {
  readonly name: string;
  readonly folder: string;
}

/** The runs to compare. */
export interface Compared {
  readonly title: string;
  /** The runs present now. Throws V920. */
  readonly find: () => Promise<readonly NamedRun[]>;
  /** Folders in which runs may appear. */
  readonly places: readonly string[];
  /** The URL of a run's page; null where there is none. */
  readonly linkTo: (run: NamedRun) => string | null;
}

/** The cached state of a run. */
interface Known {
  readonly stamp: string;
  /** For a run in progress. */
  readonly reader: RunReader | null;
  readonly read: Digest | VlmoError;
}

interface Digest {
  readonly summary: RunSummary;
  readonly curves: ReadonlyMap<string, Curves>;
}

type Points = Series["points"];

/** The curves of a stage. */
interface Curves {
  readonly loss: Points;
  readonly measured: { readonly name: string; readonly unit: Metric["unit"]; readonly points: Points } | null;
}

/** Milliseconds of reading before a partial page is shown. */
const patience = 400;

/** Runs whose curves are shown: more cannot be distinguished. */
const mostCurves = 7;

/** The page of these runs. */
export function runsView(compared: Compared): View {
  const known = new Map<string, Known>();
  const readOn = async (found: readonly NamedRun[]): Promise<boolean> => {
    const began = performance.now();
    for (const { folder } of found) {
      const before = known.get(folder);
      const stamp = await stampOfRun(folder);
      if (before?.stamp === stamp) continue;
      if (performance.now() - began > patience) return false;
      const reader = before?.reader ?? createRunReader(folder);
      known.set(folder, { stamp, reader: before === undefined ? null : reader, read: await digested(reader) });
    }
    return true;
  };
  return {
    share: 0.1,
    mark: async () => {
      const found = await compared.find();
      const stamps = found.map(async ({ name, folder }) => `${name}\n${await stampOfRun(folder)}`);
      return (await Promise.all(stamps)).join("\n");
    },
    show: async () => {
      const found = await compared.find();
      const isWhole = await readOn(found);
      const runs = found.flatMap((run) => {
        const read = known.get(run.folder)?.read;
        return read === undefined ? [] : [{ ...run, read }];
      });
      const watched = [...compared.places, ...found.map(({ folder }) => folder)];
      const parts = partsOf(runs, compared, found.length - runs.length);
      return { title: compared.title, parts, messages: null, style: runStyle, watched, isPartial: !isWhole };
    },
  };
}

/** The summary, or the reason why it cannot be read: the other runs are listed all the same. */
async function digested(reader: RunReader): Promise<Digest | VlmoError> {
  try {
    const run = await reader.read();
    return { summary: summarized(run), curves: new Map(run.stages.map((stage) => [stage.name, curvesOf(stage)])) };
  } catch (error) {
    if (error instanceof VlmoError) return error;
    throw error;
  }
}

function curvesOf({ steps, evaluations }: StageRecord): Curves {
  const losses = steps.flatMap(({ step, loss: { total } }) =>
    typeof total === "number" ? [[step, total] as const] : [],
  );
  const [first] = evaluations;
  const [metric] = first?.metrics ?? [];
  const points = evaluations.flatMap(({ name, step, metrics }) =>
    metrics.flatMap(({ name: own, value }) =>
      name === first?.name && own === metric?.name && value !== null ? [[step, value] as const] : [],
    ),
  );
  return {
    loss: thinned(losses, 300),
    measured: metric === undefined ? null : { name: metric.name, unit: metric.unit, points },
  };
}

// ----------------------------------------------------------------------------------------------------- page

type ReadRun = NamedRun & Pick<Known, "read">;
type GoodRun = NamedRun & Digest;

function partsOf(runs: readonly ReadRun[], { title, linkTo }: Compared, unread: number): Html[] {
  const begun = ({ summary }: GoodRun): string => summary.started ?? "";
  const good = runs
    .flatMap(({ name, folder, read }): GoodRun[] => (read instanceof VlmoError ? [] : [{ name, folder, ...read }]))
    .toSorted((a, b) => (begun(a) < begun(b) ? 1 : -1));
  const bad = runs.flatMap(({ read }) => (read instanceof VlmoError ? [read.message] : []));
  const drawn = good.slice(0, mostCurves);
  const header = html`<header>
    <p class="kind">vlmo runs</p>
    <h1>${title}</h1>
  </header>`;
  const reading = unread === 0 ? raw("") : html`<p class="note">Reading ${unread.toLocaleString("en")} more …</p>`;
  const nothing = good.length + unread === 0 ? html`<p>There are no runs yet.</p>` : raw("");
  const notes = join(bad.map((message) => html`<p class="note">${message}</p>`));
  const rows = good.map((run, i) => rowOf(run, i < mostCurves ? i : null, linkTo(run)));
  return [
    header,
    html`<section>${tableOfRuns(rows)} ${nothing} ${reading} ${notes}</section>`,
    curves(drawn, good.length),
  ];
}

/** With more rows the table scrolls, so that the curves stay in view. */
const mostRows = 14;

function tableOfRuns(rows: readonly (readonly (string | Html)[])[]): Html {
  if (rows.length === 0) return raw("");
  const table = tableOf(heads, rows);
  return rows.length <= mostRows
    ? table
    : html`<div class="many" tabindex="0" role="region" aria-label="runs">${table}</div>`;
}

const heads = ["Run", "Specification", "State", "Stage", "Result", "Time", "Begun"];

function rowOf({ name, summary }: GoodRun, ink: number | null, link: string | null): (string | Html)[] {
  const { spec, state, seconds, started } = summary;
  const patch = ink === null ? raw("") : swatch(seriesVariable(ink));
  const called = link === null ? html`${name}` : html`<a href="${link}">${name}</a>`;
  return [
    html`<span>${patch}${called}</span>`,
    basename(spec ?? "", ".vlmo"),
    html`<span class="state-${state}">${state}</span>`,
    stageText(summary),
    resultText(summary),
    duration(seconds),
    started === null ? "" : started.slice(0, 16).replace("T", " "),
  ];
}

function curves(runs: readonly GoodRun[], count: number): Html {
  const stages = [...new Set(runs.flatMap((run) => [...run.curves.keys()]))];
  const figures = stages.flatMap((stage) => picturesOf(stage, runs).map((picture) => figure(stage, picture)));
  if (figures.length === 0) return raw("");
  const note =
    count > runs.length
      ? html`<p class="note">The ${String(runs.length)} most recent runs; their colours are in the table.</p>`
      : raw("");
  return html`<section>
    <h2>Curves</h2>
    <div class="figures">${join(figures)}</div>
    ${note}
  </section>`;
}

/** A stage in all runs that have it: its loss, and its first metric. */
function picturesOf(stage: string, runs: readonly GoodRun[]): Picture[] {
  const series = (of: (curves: Curves) => Points | undefined): Series[] =>
    runs.flatMap(({ name, curves: own }, ink) => {
      const points = own.get(stage);
      const line = points && of(points);
      return line === undefined || line.length === 0 ? [] : [{ name, ink, points: line }];
    });
  const measured = runs.flatMap((run) => run.curves.get(stage)?.measured ?? [])[0];
  const pictures = [
    comparedPicture({ of: stage, title: "Loss", series: series(({ loss }) => loss), smooth: true }),
    measured === undefined
      ? null
      : comparedPicture({
          of: stage,
          title: measured.name,
          series: series((each) => (each.measured?.name === measured.name ? each.measured.points : undefined)),
          ...(isShare(measured) && { axis: percent }),
        }),
  ];
  return pictures.filter((picture): picture is Picture => picture !== null);
}
