// The tree of a run's stages, each with its state and results so far.
import type { Spec } from "../../compiler/front-end.js";
import { html, join, raw, treeOf, type Html } from "../../view/index.js";
import type { RunRecord, StageRecord } from "../report/run.js";
import { bestText, duration } from "../report/words.js";
import type { RunSummary, StageState, StageSummary } from "../runs/summary.js";

interface Placed {
  readonly stage: StageSummary;
  readonly depth: number;
}

/** The section; without the specification, which has the predecessors of stages, they are a plain list. */
export function stageTree(run: RunRecord, { stages }: RunSummary, spec: Spec | null): Html {
  if (stages.length === 0) return raw("");
  const places = new Map((spec === null ? [] : treeOf(spec.stages)).map(({ stage, depth }) => [stage.name, depth]));
  const order = [...places.keys()];
  const at = ({ name }: StageSummary): number => (places.has(name) ? order.indexOf(name) : order.length);
  const placed = stages
    .toSorted((a, b) => at(a) - at(b))
    .map((stage): Placed => ({ stage, depth: places.get(stage.name) ?? 0 }));
  return html`<section>
    <h2>Course</h2>
    <ol class="course">
      ${join(
        placed.map((each) =>
          item(
            each,
            run.stages.find(({ name }) => name === each.stage.name),
          ),
        ),
      )}
    </ol>
  </section>`;
}

const marks = {
  waiting: "○",
  training: "▶",
  finished: "✓",
  stopped: "❚❚",
  failed: "✗",
  killed: "✗",
} as const satisfies Record<StageState, string>;

function item({ stage, depth }: Placed, record: StageRecord | undefined): Html {
  const { name, state } = stage;
  return html`<li class="depth-${String(depth)} state-${state}" id="stage-${name}">
    <span class="mark" aria-hidden="true">${marks[state]}</span>
    <b>${name}</b> <span class="state">${state}</span>
    <span class="of">${record === undefined ? "" : aboutStage(stage, record)}</span>
  </li>`;
}

function aboutStage({ done, planned, finished }: StageSummary, stage: StageRecord): string {
  const of = planned === null || finished ? "" : ` of ${planned.toLocaleString("en")}`;
  const loss = stage.steps.at(-1)?.loss["total"];
  const best = bestText(stage);
  return [
    `${done.toLocaleString("en")}${of} steps`,
    duration(stage.seconds),
    ...(loss === undefined || loss === null ? [] : [`loss ${loss.toPrecision(3)}`]),
    ...(best === null ? [] : [`best ${best}`]),
    ...(stage.early ? ["ended early"] : []),
  ].join(", ");
}
