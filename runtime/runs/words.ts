// Text about runs, shared by the command line and the pages.
import { shortName, valueText } from "../report/words.js";
import type { RunSummary } from "./summary.js";

/** `6/7 40% pairs`: the number and name of the current stage, and its progress unless complete. */
export function stageText({ stages }: RunSummary): string {
  const reached = stages.findLastIndex(({ done }) => done > 0);
  const stage = stages[reached];
  if (stage === undefined) return `–/${stages.length}`;
  const isWhole = stage.finished || stage.planned === null;
  const part = isWhole ? "" : `${Math.floor((100 * stage.done) / Math.max(1, stage.planned ?? 1))}% `;
  return `${reached + 1}/${stages.length} ${part}${stage.name}`;
}

/** `63.0% R@1 image→text`. */
export function resultText({ result }: RunSummary): string {
  return result === null ? "" : `${valueText(result)} ${shortName(result.name)}`;
}
