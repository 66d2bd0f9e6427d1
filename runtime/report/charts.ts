// Curves of a run as SVG, drawn by echarts without a browser. Colours are CSS variables in the page's pictures, and fixed in
// files.
import { LineChart } from "echarts/charts";
import { GridComponent, MarkLineComponent } from "echarts/components";
import { init, use, type EChartsCoreOption } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import { html, plain, seriesColours, seriesVariable, variable } from "../../view/index.js";
import type { Metric, StageRecord, StepLine } from "./run.js";
import { shortName } from "./words.js";

use([LineChart, GridComponent, MarkLineComponent, SVGRenderer]);

/** A curve as SVG. */
export interface Picture {
  /** Name of the file under `pictures/`, without its extension. */
  readonly name: string;
  readonly title: string;
  /** Whether it shows results or the course of training: learning rate, gradient norm, throughput. */
  readonly about: Chart["about"];
  /** The lines' names with their colours, laid out by the page: only a browser knows the width of a text. */
  readonly legend: readonly { readonly name: string; readonly colour: string }[];
  /** The SVG with CSS variables for the page. */
  readonly inline: string;
  /** The SVG as a file: fixed colours on white. */
  readonly file: string;
}

/** A line: its name, and its points by step. */
export interface Series {
  readonly name: string;
  /** The index of its colour, where several pictures show the same lines; default its position in this one. */
  readonly ink?: number;
  readonly points: readonly (readonly [number, number])[];
}

interface Chart {
  readonly name: string;
  readonly title: string;
  readonly about: "results" | "course";
  /** The marked step at which the stage was best; null for none. */
  readonly best: number | null;
  readonly series: readonly Series[];
  readonly axis: (value: number) => string;
  /** Whether points are sparse enough to be marked. */
  readonly marks: boolean;
  /** Whether each series is also drawn smoothed. */
  readonly smooth: boolean;
}

/** A colour in a picture: a placeholder that echarts accepts, the page's variable, and the colour in a file. */
interface Ink {
  readonly standIn: string;
  readonly variable: string;
  readonly plain: string;
}

const inks = {
  text: { standIn: "#000101", variable: variable("muted"), plain: plain("muted") },
  grid: { standIn: "#000102", variable: variable("line"), plain: plain("line") },
} as const satisfies Record<string, Ink>;

const lineInks: readonly Ink[] = seriesColours.map((colour, i) => ({
  standIn: `#0002${String(i).padStart(2, "0")}`,
  variable: seriesVariable(i),
  plain: colour,
}));

function inkOf({ ink }: Series, place: number): Ink {
  return lineInks[(ink ?? place) % lineInks.length] ?? inks.text;
}

/** The most points per line; more would not be visible. */
const resolution = 300;

/** Pictures of a stage: its losses, metrics measured more than once during training, and the course of training. */
export function chartsOf(stage: StageRecord): Picture[] {
  return [lossChart(stage), ...metricCharts(stage), ...courseCharts(stage)].flatMap((chart) => {
    const drawn = chart.series.some(({ points }) => points.length > 1);
    return drawn ? [draw(chart)] : [];
  });
}

/** Curves of several runs in one picture; null where none has two points. */
export function comparedPicture({ of, title, series, axis, smooth = false }: Compared): Picture | null {
  if (!series.some(({ points }) => points.length > 1)) return null;
  const drawn = series.map((each) => ({ ...each, points: thinned(each.points, resolution) }));
  const name = `${of === undefined ? "" : `${of}-`}${title.toLowerCase().replace(/\W+/g, "-")}`;
  const few = Math.max(...series.map(({ points }) => points.length)) <= 40;
  return draw({
    name,
    title,
    about: "results",
    best: null,
    series: drawn,
    axis: axis ?? shortNumber,
    marks: few,
    smooth,
  });
}

/** The curves to compare. */
export interface Compared {
  /** Its subject, where a page has several with the same title. */
  readonly of?: string;
  readonly title: string;
  readonly series: readonly Series[];
  /** Formats values; default plain numbers. */
  readonly axis?: (value: number) => string;
  /** Whether each line is a moving mean, with the raw line pale behind it. */
  readonly smooth?: boolean;
}

function lossChart({ name, steps, best }: StageRecord): Chart {
  const heads = [...new Set(steps.flatMap(({ loss }) => Object.keys(loss)))];
  const shown = heads.length === 2 ? heads.filter((head) => head !== "total") : heads;
  const series = shown.map((head) => {
    const points = steps.flatMap(({ step, loss }) => pointOf(step, loss[head]));
    return { name: head, points: thinned(points, resolution) };
  });
  const looks = { axis: shortNumber, marks: false, smooth: true };
  return { name: `${name}-loss`, title: "Loss", about: "results", best: best?.step ?? null, series, ...looks };
}

/** The values of a step besides its losses; the gradient norm only where the stage clips. */
const courses = [
  { kind: "lr", title: "Learning rate", of: ({ lr }) => lr, smooth: false },
  { kind: "gradient-norm", title: "Gradient norm", of: ({ gradient_norm: norm }) => norm, smooth: true },
  { kind: "rate", title: "Items per second", of: ({ items_per_second: rate }) => rate, smooth: false },
] as const satisfies readonly {
  readonly kind: string;
  readonly title: string;
  readonly of: (line: StepLine) => number | null | undefined;
  readonly smooth: boolean;
}[];

function courseCharts({ name, steps }: StageRecord): Chart[] {
  return courses.map(({ kind, title, of, smooth }) => {
    const points = steps.flatMap((line) => pointOf(line.step, of(line)));
    const series = [{ name: title.toLowerCase(), points: thinned(points, resolution) }];
    const looks = { axis: shortNumber, marks: false, smooth };
    return { name: `${name}-${kind}`, title, about: "course", best: null, series, ...looks };
  });
}

function metricCharts({ name, evaluations, best }: StageRecord): Chart[] {
  const measured = evaluations.flatMap(({ name: evaluation, step, metrics }) =>
    metrics.map((metric) => ({ ...metric, evaluation, step })),
  );
  const several = new Set(measured.map(({ evaluation }) => evaluation)).size > 1;
  // Boundary: the keys are those of the table.
  return (Object.keys(charted) as Metric["unit"][]).map((unit) => {
    const { kind, title, axis } = charted[unit];
    const own = measured.filter((metric) => metric.unit === unit);
    const label = (metric: (typeof own)[number]) =>
      `${several ? `${metric.evaluation}: ` : ""}${shortName(metric.name)}`;
    const series = [...new Set(own.map(label))].map((text) => ({
      name: text,
      points: own.filter((metric) => label(metric) === text).flatMap(({ step, value }) => pointOf(step, value)),
    }));
    const looks = { axis, marks: true, smooth: false };
    return { name: `${name}-${kind}`, title, about: "results", best: best?.step ?? null, series, ...looks };
  });
}

const percentage = (value: number): string => `${Math.round(value * 100)}%`;

/** A chart for the values of each unit. */
const charted: Readonly<Record<Metric["unit"], Pick<Chart, "title" | "axis"> & { readonly kind: string }>> = {
  share: { kind: "metrics", title: "Evaluations", axis: percentage },
  overlap: { kind: "overlap", title: "Evaluations: classes of pixels", axis: percentage },
  number: { kind: "perplexity", title: "Evaluations: perplexity", axis: shortNumber },
  score: { kind: "captions", title: "Evaluations: captions", axis: shortNumber },
};

/** Axes of echarts fail at smaller numbers. */
const SMALLEST = 1e-15;

function pointOf(step: number, value: number | null | undefined): [number, number][] {
  return value === null || value === undefined ? [] : [[step, Math.abs(value) < SMALLEST ? 0 : value]];
}

/** At most `count` points: means over intervals of equal length. */
export function thinned(points: readonly (readonly [number, number])[], count: number): (readonly [number, number])[] {
  if (points.length <= count) return [...points];
  const size = points.length / count;
  return Array.from({ length: count }, (_, i) => {
    const part = points.slice(Math.floor(i * size), Math.floor((i + 1) * size));
    const mean = (index: 0 | 1) => part.reduce((sum, point) => sum + point[index], 0) / part.length;
    return [mean(0), mean(1)] as const;
  });
}

/** A centred moving mean, with a narrower window at the ends: a mean of past points only would lag. */
export function smoothed(points: readonly (readonly [number, number])[]): (readonly [number, number])[] {
  const half = Math.floor(points.length / 24);
  return points.map(([x], i) => {
    const reach = Math.min(half, i, points.length - 1 - i);
    const part = points.slice(i - reach, i + reach + 1);
    return [x, part.reduce((sum, [, y]) => sum + y, 0) / part.length] as const;
  });
}

function shortNumber(value: number): string {
  if (Math.abs(value) >= 1000) return `${Number((value / 1000).toPrecision(3))}k`;
  // In scientific notation, like learning rates.
  if (value !== 0 && Math.abs(value) < 0.01) return value.toExponential(2).replace(/\.?0*e/, "e");
  return String(Number(value.toPrecision(3)));
}

const size = { width: 460, height: 240 };

function draw(chart: Chart): Picture {
  const canvas = init(null, null, { renderer: "svg", ssr: true, ...size });
  try {
    canvas.setOption(optionsOf(chart));
    const svg = still(canvas.renderToSVGString(), chart.name);
    return {
      name: chart.name,
      title: chart.title,
      about: chart.about,
      legend: chart.series.map((each, i) => ({ name: each.name, colour: inkOf(each, i).variable })),
      inline: responsive(
        inked(svg, (ink) => ink.variable),
        chart,
      ),
      file: alone(
        inked(svg, (ink) => ink.plain),
        chart,
      ),
    };
  } finally {
    canvas.dispose();
  }
}

function optionsOf({ series, axis, marks, smooth, best }: Chart): EChartsCoreOption {
  const text = { color: inks.text.standIn, fontSize: 12, fontFamily: "system-ui, sans-serif" };
  const line = { lineStyle: { color: inks.grid.standIn } };
  return {
    animation: false,
    grid: { left: 46, right: 14, top: 12, bottom: 38 },
    xAxis: {
      type: "value",
      name: "step",
      nameLocation: "middle",
      nameGap: 26,
      nameTextStyle: text,
      min: 0,
      max: "dataMax",
      axisLabel: { ...text, formatter: shortNumber, hideOverlap: true },
      axisLine: line,
      axisTick: { show: false },
      splitLine: { show: false },
    },
    yAxis: {
      type: "value",
      scale: !marks,
      axisLabel: { ...text, formatter: axis },
      axisLine: { show: false },
      axisTick: { show: false },
      splitLine: line,
    },
    series: [
      ...series.flatMap((entry, i) => linesOf(entry, inkOf(entry, i), { marks, smooth })),
      ...(best === null ? [] : [bestLine(best)]),
    ],
  };
}

function linesOf({ name, points }: Series, ink: Ink, how: { marks: boolean; smooth: boolean }): object[] {
  const color = ink.standIn;
  const base = { type: "line", name, itemStyle: { color }, symbol: "circle", symbolSize: 6, silent: true };
  const line = (data: Series["points"], width: number, opacity: number) => ({
    ...base,
    showSymbol: how.marks,
    data,
    lineStyle: { color, width, opacity },
  });
  if (!how.smooth) return [line(points, 2, 1)];
  return [line(points, 1, 0.28), line(smoothed(points), 2, 1)];
}

/** A vertical line at the step where the stage was best. */
function bestLine(step: number): object {
  const color = inks.text.standIn;
  const label = {
    formatter: "best",
    position: "insideEndTop",
    color,
    fontSize: 11,
    fontFamily: "system-ui, sans-serif",
  };
  const lineStyle = { color, type: "dashed", width: 1 };
  return {
    type: "line",
    data: [],
    markLine: { silent: true, symbol: "none", data: [{ xAxis: step }], label, lineStyle },
  };
}

/**
 * Removes interactions, which a report does not need. Styles become attributes, which no content security policy forbids; and
 * the ids that echarts numbers become deterministic.
 */
function still(svg: string, name: string): string {
  return svg
    .replace(/<style\s*>[\s\S]*?<\/style>/g, "")
    .replace(/ class="zr\d+-cls-\d+"/g, "")
    .replace(/ pointer-events="\w+"/g, "")
    .replace(/\bzr\d+-/g, () => `${name}-`)
    .replace(/ style="([^"]*)"/g, (_, rules: string) => rules.replace(/([\w-]+):([^;]*);?/g, ' $1="$2"'))
    .trim();
}

function inked(svg: string, colour: (ink: Ink) => string): string {
  return [inks.text, inks.grid, ...lineInks].reduce((text, ink) => text.replaceAll(ink.standIn, colour(ink)), svg);
}

/** Adds a name for screen readers. */
function responsive(svg: string, { title, series }: Chart): string {
  const label = html`${[title, ...series.map(({ name }) => name)].join(", ")}`.text;
  return svg.replace(
    /^<svg width="\d+" height="\d+"/,
    () => `<svg role="img" aria-label="${label}" preserveAspectRatio="xMidYMid meet"`,
  );
}

/** The picture as a file: on white, with its title and the names of the lines below it. */
function alone(svg: string, { title, series, name }: Chart): string {
  const rows = series.map((entry, i) => {
    const y = size.height + 18 + 18 * i;
    const colour = inkOf(entry, i).plain;
    return `<rect x="46" y="${y - 5}" width="14" height="3" fill="${colour}"/>${words(entry.name, 66, y)}`;
  });
  const below = 14 + 18 * series.length;
  const height = size.height + 26 + below;
  const head = `<rect x="0" y="-26" width="${size.width}" height="${height}" fill="#ffffff"/>`;
  const heading = words(`${name.replace(/-.*$/, "")}: ${title.toLowerCase()}`, 46, -8, "600");
  return svg
    .replace(/^<svg width="\d+" height="\d+"/, `<svg width="${size.width}" height="${height}"`)
    .replace(/viewBox="[^"]*">/, `viewBox="0 -26 ${size.width} ${height}">${head}`)
    .replace(/<\/svg>$/, `${heading}${rows.join("")}</svg>\n`);
}

function words(text: string, x: number, y: number, weight = "400"): string {
  const font = `font-weight="${weight}" font-size="12px" font-family="system-ui, sans-serif"`;
  return `<text x="${x}" y="${y}" ${font} fill="${inks.text.plain}">${html`${text}`.text}</text>`;
}
