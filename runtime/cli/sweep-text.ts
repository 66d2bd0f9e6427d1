// The results of a sweep for a terminal: a line for each setting, the best first.
import { valueText } from "../report/words.js";
import type { Group, Results } from "../sweep/outcome.js";
import { meanText, trainedText } from "../sweep/words.js";
import { tableLines } from "./table.js";

/** The table, with its heading. */
export function sweepTable({ metric, groups }: Results): string[] {
  const names = groups[0]?.settings.map(({ name }) => name) ?? [];
  const columns = [
    ...names.map((head) => ({ head, least: 8 })),
    { head: "trained" },
    { head: metric?.name ?? "nothing measured", least: 16 },
    { head: "each", least: 8 },
  ];
  const rows = groups.map((group) => [
    ...group.settings.map(({ value }) => value),
    trainedText(group),
    meanText(metric, group),
    eachText(group, metric),
  ]);
  return tableLines(columns, rows);
}

/** The values of its trials, in the order of their seeds. */
function eachText({ outcomes }: Group, metric: Results["metric"]): string {
  if (metric === null || outcomes.length < 2) return "";
  return outcomes.map(({ value }) => (value === null ? "–" : valueText({ unit: metric.unit, value }))).join(" ");
}
