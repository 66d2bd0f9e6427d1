// A comparison of two runs, for a terminal.
import { basename } from "node:path";
import { diffText } from "../../compiler/front-end.js";
import { duration, shortName, valueText } from "../report/words.js";
import type { Pair, Reached, ResultPair, RunComparison, StageOutcome } from "../runs/compare.js";
import type { Colours } from "./session.js";
import { tableLines, type Column } from "./table.js";

/** The lines of a comparison. */
export function comparisonLines(comparison: RunComparison, { bold }: Colours): string[] {
  const { before, after } = namesOf(comparison);
  const sides: readonly Column[] = [{ head: before }, { head: after }];
  const section = (title: string, lines: readonly string[]): string[] =>
    lines.length === 0 ? [] : ["", bold(title), ...lines.map((line) => `  ${line}`)];
  const table = (columns: readonly Column[], rows: readonly (readonly string[])[]): string[] =>
    rows.length === 0 ? [] : tableLines(columns, rows, WIDTH - 2);
  const { options, results, stages } = comparison;
  return [
    ...specLines(comparison),
    ...section(
      "options",
      table([{ head: "" }, ...sides], options.map((each) => [each.name, each.before ?? "–", each.after ?? "–"])),
    ),
    ...section("results", table([{ head: "", least: 20 }, ...sides, { head: "difference" }], results.map(resultRow))),
    ...section(
      "stages",
      table([{ head: "", least: 10 }, ...sides], stages.map((each) => [each.stage, outcomeText(each.before), outcomeText(each.after)])),
    ),
  ]; // prettier-ignore
}

const WIDTH = 80;

/** The folders' own names, or their paths where those are the same. */
function namesOf({ before, after }: RunComparison): Pair<string> & { before: string; after: string } {
  const names = { before: basename(before), after: basename(after) };
  return names.before === names.after ? { before, after } : names;
}

function specLines({ spec, reason, before, after }: RunComparison): string[] {
  if (spec === null) return [`the specifications cannot be compared: ${reason ?? ""}`];
  return diffText(spec, { before, after }).trimEnd().split("\n");
}

function resultRow(result: ResultPair): string[] {
  const { evaluation, stage, metric, before, after } = result;
  const of = evaluation === null ? `best of ${stage}` : evaluation;
  return [
    `${of}: ${shortName(metric)}`,
    reachedText(before, result),
    reachedText(after, result),
    differenceText(result),
  ];
}

/** `66.5% at 150`: the value, and the step after which it was measured. */
function reachedText(reached: Reached | null, { unit }: ResultPair): string {
  return reached === null ? "–" : `${valueText({ unit, value: reached.value })} at ${reached.step}`;
}

/** In percentage points for shares; otherwise in the metric's unit. */
function differenceText({ unit, before, after }: ResultPair): string {
  const [old, now] = [before?.value ?? null, after?.value ?? null];
  if (old === null || now === null) return "";
  const isShare = unit === "share" || unit === "overlap";
  const by = isShare ? (100 * (now - old)).toFixed(1) : String(Number((now - old).toPrecision(3)));
  return `${now >= old ? "+" : ""}${by}${isShare ? " points" : ""}`;
}

function outcomeText(outcome: StageOutcome | null): string {
  if (outcome === null) return "–";
  const { steps, seconds, loss } = outcome;
  return [`${steps} steps`, duration(seconds), loss === null ? [] : `loss ${loss.toFixed(3)}`].flat().join(", ");
}
