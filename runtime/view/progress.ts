// Progress of a run: the current stage with its rate and remaining time, or how it ended.
import { html, join, type Html } from "../../view/index.js";
import type { Picture } from "../report/charts.js";
import { figure } from "../report/figure.js";
import type { RunRecord, StageRecord, StepLine } from "../report/run.js";
import { duration } from "../report/words.js";
import type { RunSummary } from "../runs/summary.js";

/** The speed of a stage. */
export interface Pace {
  readonly stepsPerSecond: number;
  /** Remaining seconds. */
  readonly left: number;
}

/** The rate is a mean over this many steps: enough to smooth out single slow ones, few enough to be current. */
const recent = 50;

/** The pace of a stage; null where there are too few steps. */
export function paceOf({ steps, planned }: StageRecord): Pace | null {
  const session = steps.slice(steps.findLastIndex((line, i) => isFirstOfSession(line, steps[i - 1])));
  const lines = session.slice(-recent);
  const [first, last] = [lines[0], lines.at(-1)];
  if (first === undefined || last === undefined || planned === null || last.seconds <= first.seconds) return null;
  const stepsPerSecond = (last.step - first.step) / (last.seconds - first.seconds);
  return { stepsPerSecond, left: Math.max(0, planned - last.step) / stepsPerSecond };
}

/** The clock restarts whenever a stage is resumed. */
function isFirstOfSession({ seconds }: StepLine, before: StepLine | undefined): boolean {
  return before === undefined || seconds < before.seconds;
}

/** The section on progress: during a stage, a bar and its curves. */
export function progressSection(
  run: RunRecord,
  { state, stages, error }: RunSummary,
  curves: readonly Picture[],
): Html {
  if (state !== "training") return ended(state, error);
  const current = stages.find((stage) => stage.state === "training");
  if (current === undefined) return said(html`<b>training</b> its stages are done; evaluating`, state);
  const { name, done, planned } = current;
  const record = run.stages.find((stage) => stage.name === name);
  const words = [
    `stage ${stages.indexOf(current) + 1} of ${stages.length}`,
    `step ${done.toLocaleString("en")}${planned === null ? "" : ` of ${planned.toLocaleString("en")}`}`,
    ...paceWords(record === undefined ? null : paceOf(record)),
  ];
  const bar = html`<progress
    max="${String(planned ?? 1)}"
    value="${String(planned === null ? 0 : done)}"
    aria-label="steps of ${name}"
  ></progress>`;
  return html`<section class="progress">
    <p><b>${name}</b> <span class="of">${words.join(", ")}</span></p>
    ${bar}
    <div class="figures">${join(curves.map((picture) => figure(name, picture)))}</div>
  </section>`;
}

function paceWords(pace: Pace | null): string[] {
  if (pace === null) return [];
  const rate = Number(pace.stepsPerSecond.toPrecision(3));
  return [`${rate.toLocaleString("en")} steps a second`, `${duration(pace.left)} left`];
}

const endings = {
  finished: "all its stages are done",
  stopped: "by Ctrl-C; --resume continues it",
  failed: "an error ended it",
  killed: "it ended without an error message; --resume continues it",
  empty: "nothing was begun",
} as const satisfies Record<Exclude<RunSummary["state"], "training">, string>;

function ended(state: keyof typeof endings, error: RunSummary["error"]): Html {
  const why = error === null || state !== "failed" ? "" : `: ${error.code ?? "error"}: ${error.message}`;
  return said(html`<b>${state}</b> ${endings[state]}${why}`, state);
}

function said(words: Html, state: RunSummary["state"]): Html {
  return html`<section class="progress">
    <p class="state-${state}">${words}</p>
  </section>`;
}
