// Runs as text: a line each, with notes below.
import { basename, join, relative } from "node:path";
import type { RunRecord } from "../report/run.js";
import { leftOutText } from "../report/words.js";
import type { RunSummary } from "../runs/summary.js";
import { resultText, stageText } from "../runs/words.js";
import type { Session } from "./session.js";
import { tableLines, type Column } from "./table.js";

const columns: readonly Column[] = [
  { head: "run", least: 10 },
  { head: "spec", least: 6 },
  { head: "state" },
  { head: "stage", least: 12 },
  { head: "result", least: 12 },
  { head: "engine", least: 6 },
  { head: "time" },
  { head: "ago" },
];

/** The table of runs under `root`; ages are relative to `now`. */
export function runsTable(runs: readonly RunSummary[], root: string, now: Date): string[] {
  const name = ({ folder }: RunSummary): string => relative(root, folder) || basename(folder);
  const rows = runs.map((run) => [
    name(run),
    basename(run.spec ?? "", ".vlmo"),
    run.state,
    stageText(run),
    resultText(run),
    engineText(run),
    clock(run.seconds),
    run.started === null ? "" : ageText((now.getTime() - Date.parse(run.started)) / 1000),
  ]);
  return tableLines(columns, rows);
}

/** Further notes on a run. */
export function runNotes({ folder, training, error }: RunSummary): string[] {
  const since = training?.since.slice(0, 16).replace("T", " ");
  const where = training === null || training.isSeen ? "" : ` on \`${training.host}\``;
  return [
    ...(training === null
      ? []
      : [`${folder}: process ${training.process}${where} has been training into it since ${since} UTC`]),
    ...(training !== null || error === null ? [] : [`${folder}: ${error.code ?? "error"}: ${error.message}`]),
  ];
}

/** `ort`, `torch bfloat16`. */
function engineText({ engine, precision }: RunSummary): string {
  const [name = ""] = (engine ?? "").split(" ");
  return precision === null || precision === "float32" ? name : `${name} ${precision}`;
}

/** `0:08`, `3:51`, `2:10:05`. */
function clock(seconds: number): string {
  const whole = Math.round(seconds);
  const pad = (value: number): string => String(value).padStart(2, "0");
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  return hours > 0 ? `${hours}:${pad(minutes)}:${pad(whole % 60)}` : `${minutes}:${pad(whole % 60)}`;
}

const units = [
  ["d", 86_400],
  ["h", 3600],
  ["min", 60],
] as const;

/** `3 d`, `5 min`, `now`. */
function ageText(seconds: number): string {
  const unit = units.find(([, size]) => seconds >= size);
  return unit === undefined ? "now" : `${Math.floor(seconds / unit[1])} ${unit[0]}`;
}

/** Warns of lines in a run's log that cannot be used. */
export function remarkLeftOut(
  { folder, leftOut }: Pick<RunRecord, "folder" | "leftOut">,
  { remark, colours }: Session,
): void {
  if (leftOut > 0) remark(`${colours.yellow("warning")}: ${leftOutText(leftOut, join(folder, "metrics.jsonl"))}`);
}
