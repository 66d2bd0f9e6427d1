// The curves of a run as a table: a row for each step, with the evaluations after it.
import type { RunRecord, StageRecord, StepLine } from "../report/run.js";

type Cell = string | number | null | undefined;

/** Lines of CSV, the header first; a cell is empty where a stage has no such loss, or nothing was measured. */
export function csvLines({ stages }: RunRecord): string[] {
  const losses = namesIn(stages.flatMap(({ steps }) => steps.flatMap(({ loss }) => Object.keys(loss))));
  const metrics = namesIn(stages.flatMap((stage) => [...measuredIn(stage).values()].flatMap((at) => [...at.keys()])));
  const header = [...Object.keys(columns), ...losses.map((name) => `loss.${name}`), ...metrics];
  const rows = stages.flatMap((stage) => rowsOf(stage, losses, metrics));
  return [header, ...rows].map((row) => row.map(cell).join(","));
}

/** The values of every step, by the name of their column. */
const columns: Readonly<Record<string, (line: StepLine) => Cell>> = {
  stage: ({ stage }) => stage,
  step: ({ step }) => step,
  lr: ({ lr }) => lr,
  gradient_norm: ({ gradient_norm: norm }) => norm,
  items_per_second: ({ items_per_second: rate }) => rate,
  seconds: ({ seconds }) => seconds,
  data_seconds: ({ data_seconds: seconds }) => seconds,
};

function rowsOf(stage: StageRecord, losses: readonly string[], metrics: readonly string[]): Cell[][] {
  const measured = measuredIn(stage);
  return stage.steps.map((line) => [
    ...Object.values(columns).map((of) => of(line)),
    ...losses.map((name) => line.loss[name]),
    ...metrics.map((name) => measured.get(line.step)?.get(name)),
  ]);
}

/** By step: the values of metrics by `evaluation: name`. */
function measuredIn({ evaluations }: StageRecord): Map<number, Map<string, number | null>> {
  const found = new Map<number, Map<string, number | null>>();
  for (const { name, step, metrics } of evaluations) {
    const at = found.get(step) ?? new Map<string, number | null>();
    for (const metric of metrics) at.set(`${name}: ${metric.name}`, metric.value);
    found.set(step, at);
  }
  return found;
}

const namesIn = (names: readonly string[]): string[] => [...new Set(names)];

function cell(value: Cell): string {
  const text = value === null || value === undefined ? "" : String(value);
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
