// Output of a run: a progress bar on a terminal, a line every few seconds elsewhere, JSON lines with --json. It displays the
// run's events and decides nothing.
import { Presets, SingleBar } from "cli-progress";
import { amount, counted } from "../../grammar/index.js";
import { duration, originsText, percent, shortName, valueText } from "../report/words.js";
import { eventListener } from "../train/events.js";
import {
  silent,
  type EvaluationEvent,
  type Listener,
  type StageEnd,
  type StageStart,
  type StepEvent,
} from "../train/listener.js";
import type { Session } from "./session.js";

/** Seconds between two lines where there is no bar. */
const pause = 5;

/** The display of a run. */
export interface Progress {
  readonly listener: Listener;
  /** Removes the bar; may be called twice. */
  end(): void;
}

/** Chooses the form by the session: nothing but notices, JSON lines, a bar, or a line every few seconds. */
export function createListener(session: Session): Progress {
  if (session.quiet) return { listener: { ...silent, noticed: session.remark }, end: () => undefined };
  if (session.json) return { listener: eventListener(session.give), end: () => undefined };
  const pace = session.interactive ? createBar(session) : createLines(session);
  const print = (line: string): void => pace.aside(() => session.say(line));
  const planned = new Map<string, number>();
  return {
    end: pace.end,
    listener: {
      preparing: (what) => print(session.colours.dim(`preparing ${what} …`)),
      noticed: (what) => print(session.colours.yellow(what)),
      stageStart: (event) => {
        planned.set(event.stage.name, event.steps);
        startLines(event, session).forEach(print);
        pace.start(event);
      },
      step: pace.step,
      saved: ({ step, folder }) => print(session.colours.dim(`saved step ${step} → ${folder}`)),
      evaluated: (event) => print(evaluatedLine(event)),
      stageEnd: (event) => {
        pace.end();
        endLines(event, planned.get(event.stage), session).forEach((line) => session.say(line));
      },
    },
  };
}

/** How steps are shown: a bar or lines. */
interface Pace {
  start(event: StageStart): void;
  step(event: StepEvent): void;
  /** Prints a line above the bar. */
  aside(say: () => void): void;
  end(): void;
}

function createBar({ stderr, colours }: Session): Pace {
  const format = `${colours.bold("{stage}")} ${colours.cyan("{bar}")} {value}/{total}  {facts}`;
  const bar = new SingleBar(
    { format, stream: stderr, hideCursor: true, barsize: 24, stopOnComplete: false, clearOnComplete: true, fps: 4 },
    Presets.rect,
  );
  let shown: { value: number; total: number; facts: string; stage: string; batch: number } | null = null;
  const draw = (): void => {
    if (shown !== null) bar.start(shown.total, shown.value, { stage: shown.stage, facts: shown.facts });
  };
  const end = (): void => {
    if (shown !== null) bar.stop();
    shown = null;
  };
  return {
    start: ({ stage, steps, from }) => {
      end();
      shown = { value: from, total: steps, facts: "", stage: stage.name, batch: stage.batch };
      draw();
    },
    step: (event) => {
      if (shown === null) return;
      shown = { ...shown, value: event.step, facts: facts(event, shown.batch) };
      bar.update(event.step, { facts: shown.facts });
    },
    aside: (say) => {
      if (shown !== null) bar.stop();
      say();
      draw();
    },
    end,
  };
}

function createLines(session: Session): Pace {
  let last = -Infinity;
  let batch = 1;
  return {
    start: ({ stage }) => {
      last = -Infinity;
      batch = stage.batch;
    },
    step: (event) => {
      const now = performance.now() / 1000;
      if (now - last < pause && event.step !== event.steps) return;
      last = now;
      session.say(`${event.stage}  step ${event.step}/${event.steps}  ${facts(event, batch)}`);
    },
    aside: (say) => say(),
    end: () => undefined,
  };
}

/** `loss 3.104 (itc 1.200, itm 0.690)  412 items/s  data wait 4%  1 min 20 s left`. */
function facts({ losses, itemsPerSecond, dataWait, step, steps }: StepEvent, batch: number): string {
  const total = losses.get("total");
  const heads = [...losses].filter(([name]) => name !== "total").map(([name, loss]) => `${name} ${loss.toFixed(3)}`);
  const parts = heads.length > 1 ? ` (${heads.join(", ")})` : "";
  const left = duration(((steps - step) * batch) / itemsPerSecond);
  // A smaller share is not worth optimising.
  const wait = dataWait < 0.01 ? "" : `  data wait ${percent(dataWait)}`;
  return `loss ${total === undefined ? "–" : total.toFixed(3)}${parts}  ${rate(itemsPerSecond)}${wait}  ${left} left`;
}

function rate(itemsPerSecond: number): string {
  return `${itemsPerSecond < 10 ? itemsPerSecond.toFixed(1) : Math.round(itemsPerSecond)} items/s`;
}

function startLines(
  { stage, steps, from, trainedParameters, allParameters, beginnings }: StageStart,
  { colours }: Session,
): string[] {
  const origins = originsText(beginnings);
  const at = from === 0 ? "" : `, resuming from step ${from}`;
  return [
    "",
    `${colours.bold(`Stage ${stage.name}`)}: ${steps} steps of ${stage.batch} items${at}; training ` +
      `${amount(trainedParameters)} of ${amount(allParameters)} parameters`,
    ...(origins === "" ? [] : [colours.dim(`  tensors: ${origins}`)]),
  ];
}

/** One line during training; the end of a run prints it in full. */
function evaluatedLine({ name, step, metrics, leftOut: { count } }: EvaluationEvent): string {
  const left = count === 0 ? "" : ` (${counted(count, "item")} left out)`;
  const values = metrics.map((metric) => `${shortName(metric.name)} ${valueText(metric)}`);
  return `  step ${step}, ${name}: ${values.join(", ")}${left}`;
}

function endLines(
  { stage, steps, early, seconds, skipped, textsCut: { cut, read } }: StageEnd,
  planned: number | undefined,
  { colours }: Session,
): string[] {
  const first = skipped.slice(0, 3).map(({ item, reason }) => `  ${item}: ${reason}`);
  const count = `${skipped.length} ${skipped.length === 1 ? "item was" : "items were"} left out (on_error: skip), such as`;
  const left = skipped.length === 0 ? [] : [count, ...first];
  const isDone = early || planned === undefined || steps >= planned;
  const mark = isDone ? colours.green("✓") : colours.yellow("‖");
  const ended = early ? `ended early after ${steps} of ${planned} steps` : `${steps} steps`;
  const done = isDone ? ended : `stopped after ${steps} of ${planned} steps`;
  const cuts =
    cut === 0
      ? []
      : [`${cut.toLocaleString("en")} of ${read.toLocaleString("en")} texts were truncated to the model's length`];
  return [`${mark} stage ${stage}: ${done}, ${duration(seconds)}`, ...cuts, ...left];
}
