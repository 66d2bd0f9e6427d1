// Where a run is: the stage it trains with its rate and the time that is left, or how it ended.
import { html, raw, type Html } from "../../view/index.js";
import type { RunRecord, StageRecord, StepLine } from "../report/run.js";
import { duration } from "../report/words.js";
import type { RunSummary } from "../runs/summary.js";

/** How fast a stage goes. */
export interface Pace {
  readonly stepsPerSecond: number;
  /** Seconds until its last step. */
  readonly left: number;
}

/** Steps that a rate is the mean of: enough that one slow step says little, few enough that it is of now. */
const recent = 50;

/** The pace of a stage; null where too little is known. */
export function paceOf({ steps, planned }: StageRecord): Pace | null {
  const session = steps.slice(steps.findLastIndex((line, i) => isFirstOfSession(line, steps[i - 1])));
  const lines = session.slice(-recent);
  const [first, last] = [lines[0], lines.at(-1)];
  if (first === undefined || last === undefined || planned === null || last.seconds <= first.seconds) return null;
  const stepsPerSecond = (last.step - first.step) / (last.seconds - first.seconds);
  return { stepsPerSecond, left: Math.max(0, planned - last.step) / stepsPerSecond };
}

/** The clock starts again whenever a stage is resumed. */
function isFirstOfSession({ seconds }: StepLine, before: StepLine | undefined): boolean {
  return before === undefined || seconds < before.seconds;
}

/** The section; with a bar while a stage is trained. */
export function progressSection(run: RunRecord, summary: RunSummary): Html {
  const { state, stages, error } = summary;
  if (state !== "training") return ended(state, error);
  const current = stages.find((stage) => stage.state === "training");
  if (current === undefined)
    return said("state-training", html`<b>training</b>: its stages are done, what is left is measured`);
  const { name, done, planned } = current;
  const record = run.stages.find((stage) => stage.name === name);
  const of = planned === null ? "" : ` of ${planned.toLocaleString("en")}`;
  const pace = record === undefined ? null : paceOf(record);
  const number = `stage ${stages.indexOf(current) + 1} of ${stages.length}`;
  return html`<section class="progress">
    <p><b>${name}</b> <span class="of">${number}, step ${done.toLocaleString("en")}${of}${paceText(pace)}</span></p>
    ${planned === null ? raw("") : html`<progress max="${String(planned)}" value="${String(done)}" aria-label="steps of ${name}"></progress>`}
  </section>`;
}

function paceText(pace: Pace | null): string {
  if (pace === null) return "";
  const rate = Number(pace.stepsPerSecond.toPrecision(3));
  return `, ${rate.toLocaleString("en")} a second, ${duration(pace.left)} left`;
}

const endings = {
  finished: "all its stages are done",
  stopped: "by Ctrl-C; --resume goes on",
  failed: "an error ended it",
  killed: "it ended without a word; --resume goes on",
  empty: "nothing was begun",
} as const satisfies Record<Exclude<RunSummary["state"], "training">, string>;

function ended(state: keyof typeof endings, error: RunSummary["error"]): Html {
  const why = error === null ? "" : `: ${error.code ?? "error"}: ${error.message}`;
  return said(`state-${state}`, html`<b>${state}</b> ${endings[state]}${state === "failed" ? why : ""}`);
}

function said(kind: string, words: Html): Html {
  return html`<section class="progress">
    <p class="${kind}">${words}</p>
  </section>`;
}
