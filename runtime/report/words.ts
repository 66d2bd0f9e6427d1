// Numbers as text: metrics with their chance level, durations, counts. Shared by the report and the command line.
import type { EvaluationLine, Metric, StageRecord } from "./run.js";

/** `41.5%` for shares; perplexities and losses as plain numbers. */
export function valueText({ unit, value }: Pick<Metric, "unit" | "value">): string {
  if (value === null) return "not measured";
  return inUnit[unit](value);
}

/** One digit after the point, two below 0.1%: `63.0%`. */
export function percent(share: number): string {
  const value = share * 100;
  return `${value.toFixed(value !== 0 && value < 0.095 ? 2 : 1)}%`;
}

const inUnit = {
  share: percent,
  overlap: percent,
  number: plain,
  score: (score) => score.toFixed(3),
} satisfies Record<Metric["unit"], (value: number) => string>;

function plain(value: number): string {
  if (value >= 1000) return Math.round(value).toLocaleString("en");
  return Number(value.toPrecision(4)).toString();
}

/** Whether a metric is a share from 0 to 1. */
export function isShare({ unit }: Pick<Metric, "unit">): boolean {
  return unit === "share" || unit === "overlap";
}

/**
 * How far above chance level: `83 times chance`, or `30.2 points above chance` where chance is not small. A value that so few
 * examples cannot distinguish from chance is called so.
 */
export function aboveChance(metric: Metric): string | null {
  const { value, chance } = metric;
  if (value === null || chance === null || chance === undefined || !isShare(metric)) return null;
  const range = interval(metric);
  if (range !== null && range[0] <= chance && chance <= range[1]) return "no different from chance";
  if (chance > 0.1) {
    const points = (value - chance) * 100;
    return `${Math.abs(points).toFixed(1)} points ${points < 0 ? "below" : "above"} chance`;
  }
  if (chance <= 0) return null;
  const times = value / chance;
  return `${times >= 10 ? Math.round(times) : times.toFixed(1)} times chance`;
}

/** `R@1 image→text 41.5% of 200 images, each among 1,000 texts; chance 0.5%, 83 times chance`. */
export function metricSentence(metric: Metric): string {
  const counted = countText(metric);
  const head = `${shortName(metric.name)} ${valueText(metric)}${counted === null ? "" : ` of ${counted}`}`;
  const [guess, above] = [chanceText(metric), aboveChance(metric)];
  if (guess === null) return head;
  return `${head}; ${guess}${above === null ? "" : `, ${above}`}`;
}

/** The chance level, in the metric's own format; null where it is unknown. */
export function chanceText({ unit, chance }: Metric): string | null {
  if (chance === null || chance === undefined) return null;
  return `${guessing[unit]} ${inUnit[unit](chance)}`;
}

const guessing = {
  share: "chance",
  overlap: "the most common class gives",
  number: "guessing gives",
  score: "captions of other images",
} satisfies Record<Metric["unit"], string>;

/** `200 images, each among 1,000 texts`: the denominator of a metric. */
export function countText({ items, noun, candidates }: Metric): string | null {
  if (items === null || items === undefined) return null;
  const counted = amountOf(items, noun);
  if (candidates === undefined) return counted;
  return `${counted}, each among ${amountOf(candidates, noun === "images" ? "texts" : "images")}`;
}

/** `retrieval (pairs): R@1 image→text …`, one line per metric. */
export function evaluationSentences(line: Evaluated): string[] {
  const about = aboutData(line);
  const where = about === null ? line.stage : `${line.stage}, ${about}`;
  const { such = [] } = line.leftOut ?? {};
  return [
    ...line.metrics.flatMap((metric) => [
      `${line.name} (${where}): ${metricSentence(metric)}`,
      ...(metric.parts === undefined ? [] : [`  ${partsText(metric, metric.parts)}`]),
    ]),
    ...such.map(({ item, reason }) => `  left out: ${item}: ${reason}`),
  ];
}

/** The unit of the evaluation's metric at the step of `best`; where several units are averaged, a plain number. */
export function unitOfBest({ evaluations, best }: StageRecord): Metric["unit"] {
  const there = evaluations.filter(({ step }) => step === best?.step);
  const [unit = "number", ...others] = new Set(there.flatMap(({ metrics }) => metrics.map((metric) => metric.unit)));
  return others.length === 0 ? unit : "number";
}

/** `accuracy(truth) 61.3% at step 1,305`; null for a stage without `best`. */
export function bestText(stage: StageRecord): string | null {
  if (stage.best === null) return null;
  const { by, value, step } = stage.best;
  return `${shortName(by)} ${valueText({ unit: unitOfBest(stage), value })} at step ${step.toLocaleString("en")}`;
}

/** Parts named in a line; all where there are no more. */
const said = 6;

/** `background 98.1%, circle 63.0%, star not measured`; of long lists the worst: `the worst of 28 classes: …`. */
function partsText({ unit }: Metric, parts: NonNullable<Metric["parts"]>): string {
  const shown = parts.length <= said ? parts : worstFirst(parts).slice(0, said);
  const each = shown.map(({ name, value }) => `${name} ${valueText({ unit, value })}`).join(", ");
  return parts.length <= said ? each : `the worst of ${parts.length.toLocaleString("en")} classes: ${each}`;
}

/** The values a metric is the mean of, the smallest first and unmeasured ones last. */
export function worstFirst(parts: NonNullable<Metric["parts"]>): NonNullable<Metric["parts"]> {
  return parts.toSorted((a, b) => (a.value ?? Infinity) - (b.value ?? Infinity));
}

type Evaluated = Pick<EvaluationLine, "name" | "stage" | "metrics" | "seen" | "items" | "leftOut">;

/** How much of an evaluation's data the model was trained on, and how much was left out; null for neither. */
export function aboutData(line: Pick<EvaluationLine, "seen" | "items" | "leftOut">): string | null {
  const count = line.leftOut?.count ?? 0;
  const left = count === 0 ? null : `${amountOf(count, "items")} left out`;
  const said = [seenText(line), left].filter((each) => each !== null);
  return said.length === 0 ? null : said.join("; ");
}

function seenText({ seen, items }: Pick<EvaluationLine, "seen" | "items">): string | null {
  if (seen === null || seen === undefined || seen === 0 || items === undefined) return null;
  if (seen >= items) return "on training data";
  return `${seen.toLocaleString("en")} of ${items.toLocaleString("en")} items are training data`;
}

/** `recall@1 image→text` → `R@1 image→text`. */
export function shortName(name: string): string {
  return name.replace(/^recall@/, "R@");
}

/** `1 image`, `1,000 texts`. */
function amountOf(count: number, noun: string): string {
  return `${count.toLocaleString("en")} ${count === 1 ? noun.replace(/s$/, "") : noun}`;
}

/** Wilson's 95% interval of a share over `items` trials, or null where the metric is no share. */
export function interval({ unit, value, items }: Pick<Metric, "unit" | "value" | "items">) {
  if (value === null || !items || unit !== "share" || value < 0 || value > 1) return null;
  const z = 1.96;
  const centre = (value + z ** 2 / (2 * items)) / (1 + z ** 2 / items);
  const half = (z / (1 + z ** 2 / items)) * Math.sqrt((value * (1 - value)) / items + z ** 2 / (4 * items ** 2));
  return [Math.max(0, centre - half), Math.min(1, centre + half)] as const;
}

/** A message on unusable lines of a run's log. */
export function leftOutText(count: number, log = "metrics.jsonl"): string {
  const lines = count === 1 ? "1 line" : `${count.toLocaleString("en")} lines`;
  return `${lines} of ${log} left out: not as this version of vlmo writes them.`;
}

/** `8 s`, `3 min 05 s`, `2 h 10 min`. */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return "–";
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const pad = (value: number) => String(value).padStart(2, "0");
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${pad(whole % 60)} s`;
  return `${Math.floor(whole / 3600)} h ${pad(Math.floor((whole % 3600) / 60))} min`;
}

/** `119 kept, 2 newly initialised`: how the tensors of a stage were initialised. */
export function originsText(beginnings: ReadonlyMap<string, string>): string {
  const counts = new Map<string, number>();
  for (const beginning of beginnings.values()) counts.set(beginning, (counts.get(beginning) ?? 0) + 1);
  return [...counts].map(([beginning, count]) => `${count} ${beginning}`).join(", ");
}
