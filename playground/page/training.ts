// The training tab: trains a stage and those it starts from in a worker, and shows the loss as it falls.
import { seriesVariable } from "../../view/index.js";
import type { Texts } from "../files.js";
import type { StageLook, StepNews, TrainMessage, TrainNews, TrainRequest } from "../messages.js";
import { byId, made } from "./elements.js";
import { drawCurves, type Point } from "./curve.js";

/** Access to the editor's contents. */
interface Around {
  readonly path: () => string;
  readonly texts: () => Texts;
}

/** The training tab as the page sees it. */
export interface Training {
  /** Offers the stages of the open file; none where it has errors. */
  offer(stages: readonly StageLook[]): void;
}

/** Starts the tab. */
export function startTraining({ path, texts }: Around): Training {
  const [choice, start] = [byId<HTMLSelectElement>("train-stage"), byId<HTMLButtonElement>("train-start")];
  const steps = byId<HTMLInputElement>("train-steps");
  let offered: readonly StageLook[] = [];
  let stop: (() => void) | null = null;
  const say = (): void => {
    const stage = offered.find(({ name }) => name === choice.value);
    start.textContent = stop === null ? "Train" : "Stop";
    start.disabled = stop === null && (stage === undefined || stage.refused !== null);
    byId("train-note").textContent = stage === undefined ? nothingToTrain : (stage.refused ?? ofChain(stage));
  };
  start.addEventListener("click", () => {
    if (stop !== null) return stop();
    const most = Math.max(1, Math.floor(steps.valueAsNumber || 1));
    stop = train({ texts: [...texts()], path: path(), stage: choice.value, steps: most }, () => {
      stop = null;
      say();
    });
    say();
  });
  choice.addEventListener("change", say);
  say();
  return {
    offer: (stages) => {
      const before = choice.value;
      offered = stages;
      choice.replaceChildren(...stages.map(({ name }) => made("option", { value: name }, name)));
      const kept = stages.find(({ name }) => name === before) ?? stages.find(({ refused }) => refused === null);
      if (kept !== undefined) choice.value = kept.name;
      say();
    },
  };
}

/** Starts a training; returns a function that stops it. */
function train(request: TrainRequest, ended: () => void): () => void {
  const runs = createRuns(byId("train-runs"), byId("train-status"));
  const worker = new Worker("./training.js", { type: "module", name: "training" });
  const send = (message: TrainMessage): void => worker.postMessage(message);
  const hear = (news: TrainNews): void => {
    runs.hear(news);
    if (news.kind !== "end" && news.kind !== "failed") return;
    worker.terminate();
    ended();
  };
  worker.onmessage = ({ data }: MessageEvent<TrainNews>) => hear(data);
  worker.onerror = ({ message }) => hear({ kind: "failed", message: `the worker does not run: ${message}` });
  send({ kind: "train", request });
  return () => send({ kind: "stop" });
}

const nothingToTrain = "The file has no stage, or has errors.";

function ofChain({ chain, steps }: StageLook): string {
  const whole = steps === null ? "" : ` of its ${steps}`;
  const before = chain.slice(0, -1);
  const after = before.length === 0 ? "" : `, after those of ${before.join(", ")}`;
  return `Trains the stage's first steps${whole}${after}.`;
}

interface Runs {
  hear(news: TrainNews): void;
}

/** The stages of a training, each with its numbers and its curve. */
function createRuns(into: HTMLElement, status: HTMLElement): Runs {
  into.replaceChildren();
  status.textContent = "starting …";
  let run: StageRun | null = null;
  return {
    hear: (news) => {
      switch (news.kind) {
        case "doing":
          status.textContent = news.what;
          return;
        case "stage":
          run = stageRun(news);
          into.append(run.element);
          status.textContent = `training ${news.name} on ${news.engine}`;
          return;
        case "step":
          run?.step(news.event);
          return;
        case "examples":
          run?.examples(news.markup);
          return;
        case "end":
          status.textContent = news.stopped ? "stopped" : "done";
          return;
        case "failed":
          status.textContent = news.message;
      }
    },
  };
}

interface StageRun {
  readonly element: HTMLElement;
  step(news: StepNews): void;
  examples(markup: string): void;
}

function stageRun({ name, parameters }: Extract<TrainNews, { kind: "stage" }>): StageRun {
  const curves = new Map<string, Point[]>();
  const picture = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  picture.setAttribute("role", "img");
  picture.setAttribute("aria-label", `loss of ${name}`);
  const [numbers, legend] = [
    made("p", { class: "numbers" }, "compiling the program of the first step …"),
    made("ul", { class: "legend" }),
  ];
  const title = made(
    "figcaption",
    {},
    name,
    made("span", {}, ` · ${parameters.toLocaleString("en")} parameters trained`),
  );
  const element = made("figure", { "data-stage": name }, title, numbers, picture, legend);
  return {
    element,
    step: ({ step, steps, losses, seconds, itemsPerSecond, lr, gradientNorm }) => {
      for (const [head, loss] of losses) curves.set(head, [...(curves.get(head) ?? []), [step, loss]]);
      drawCurves(picture, curves, steps);
      if (legend.childElementCount === 0 && curves.size > 2) legend.append(...[...curves.keys()].map(entryOf));
      const rate = step / seconds;
      const total = curves.get("total")?.map(([, loss]) => loss.toFixed(3)) ?? [];
      const fall = total.length > 1 ? `${total[0]} → ${total.at(-1)}` : (total[0] ?? "");
      const left = step < steps ? ` · ${timeText((steps - step) / rate)} left` : "";
      const norm = gradientNorm === null ? "" : ` · gradient ${gradientNorm.toPrecision(3)}`;
      numbers.textContent =
        `step ${step} of ${steps} · loss ${fall} · ${rate.toPrecision(2)} steps/s · ` +
        `${Math.round(itemsPerSecond)} samples/s · lr ${lr.toPrecision(2)}${norm}${left}`;
    },
    examples: (markup) => {
      const examples = made("div", { class: "learnt" });
      // Our own markup, which escapes the data's text (view/html.ts).
      examples.innerHTML = markup;
      element.append(examples);
    },
  };
}

function entryOf(name: string, i: number): HTMLElement {
  return made("li", {}, made("i", { style: `background: ${seriesVariable(i)}` }), name);
}

function timeText(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  return `${Math.round(seconds / 60)} min`;
}
