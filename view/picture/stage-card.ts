// A stage on a page: its heads and data, its model in small, what it takes over, and its cost.
import {
  bytesText,
  copiesText,
  countText,
  dataText,
  flopsText,
  lengthText,
  type CheckpointPlan,
  type EvaluationSpec,
  type HandOverPlan,
  type Spec,
  type StagePlan,
  type StageSpec,
} from "../../compiler/front-end.js";
import { html, join, type Html } from "../html.js";
import { sharesBar } from "../parts.js";
import { element } from "./element.js";
import { stageDrawing, stageLayout, tintOfHead } from "./stage-drawing.js";
import { amount, counted } from "../../grammar/index.js";

/** The card; `mark` for differences from another specification's. */
export function stageCard(stage: StageSpec, plan: StagePlan, spec: Spec, mark: "differs" | "same" = "same"): Html {
  const file = stage.span.file.path === spec.written.entry ? "" : ` · ${stage.span.file.path}`;
  const rows: readonly (readonly [term: string, said: Html])[] = [
    ["learns", learnt(stage)],
    ["from data", html`${dataText(plan)}`],
    ["for", html`${lengthText(plan)}`],
    ["batch", batchOf(plan)],
    ...plan.pools.map(({ head, pairs }): [string, Html] => [
      "negatives",
      html`${head} among ${counted(pairs, "pair")}`,
    ]),
    ["a step", html`${flopsText(plan.flopsStep)}`],
    ...measured(stage, spec),
  ];
  return html`<article class="card stage ${mark}" data-stage="${stage.name}">
    <h3>${stage.name} <span class="of">${stage.word} of ${plan.model}${file}</span></h3>
    <div class="within">
      ${smallPicture(stage, spec)}
      <dl class="said">
        ${join(
          rows.map(
            ([term, said]) =>
              html`<div>
                <dt>${term}</dt>
                <dd>${said}</dd>
              </div>`,
          ),
        )}
      </dl>
      <div class="costs">${parametersBar(plan)} ${memoryBar(plan)}</div>
      ${takenOver(plan)}
    </div>
  </article>`;
}

function smallPicture(stage: StageSpec, spec: Spec): Html {
  const layout = stageLayout(stage, spec);
  const title = `what ${stage.name} does with each part of its model, layer by layer; described below`;
  return element(
    "svg",
    { class: "drawing small", viewBox: `0 0 ${layout.width} ${layout.height}`, role: "img", "aria-label": title },
    stageDrawing(layout),
  );
}

function learnt({ learn }: StageSpec): Html {
  return join(
    learn.map(({ head, weight }, i) => {
      const factor = weight === 1 ? "" : `${weight} × `;
      const chip = html`${factor}<span class="chip tint-${tintOfHead(head)}" title="${head.kind}">${head.name}</span>`;
      return i === 0 ? chip : html` + ${chip}`;
    }),
  );
}

/** The most micro-batches drawn. */
const mostDrawn = 32;

function batchOf({ batch, micro }: StagePlan): Html {
  const count = Math.ceil(batch / micro);
  if (count === 1) return html`${counted(batch, "sample")}`;
  const drawn = count > mostDrawn ? [] : Array.from({ length: count }, () => html`<i></i>`);
  return html`${counted(batch, "sample")} in ${counted(count, "micro-batch", "micro-batches")} of ${countText(micro)}
    <span class="micro-batches" aria-hidden="true">${join(drawn)}</span>`;
}

function measured(stage: StageSpec, { evaluations }: Spec): [string, Html][] {
  const own = [...evaluations.values()].filter((evaluation) => evaluation.stage === stage.name);
  return own.map((evaluation) => ["measured", html`${measuredText(evaluation)}`]);
}

function measuredText({ metrics, data }: EvaluationSpec): string {
  const names = metrics.map(({ name, arguments: given, head }) => {
    const all = [...(head === null ? [] : [head]), ...given];
    return all.length === 0 ? name : `${name}(${all.join(", ")})`;
  });
  return `${names.join(", ")} on ${data.name}`;
}

// ----------------------------------------------------------------------------------------------------- bars

interface Share {
  readonly name: string;
  readonly value: number;
  readonly text: string;
  readonly kind: string;
}

/** Shares of a whole, as a bar and as text. */
function bar(what: string, shares: readonly Share[]): Html {
  const present = shares.filter(({ value }) => value > 0);
  const total = present.reduce((sum, { value }) => sum + value, 0);
  const words = present.map(({ name, text, kind }) => html`<li><i class="${kind}"></i>${text} ${name}</li>`);
  return html`<div class="shares">
    <p>${what}</p>
    ${sharesBar(present.map(({ value, kind }) => ({ share: value / total, kind })))}
    <ul>
      ${join(words)}
    </ul>
  </div>`;
}

function parametersBar({ trained, frozen, unreached, parameters }: StagePlan): Html {
  const share = (name: string, value: number, kind: string): Share => ({ name, value, kind, text: amount(value) });
  return bar(`${countText(parameters.total + parameters.carried)} parameters`, [
    share("trained", trained, "share-trained"),
    share("frozen", frozen, "share-frozen"),
    share("unreached by any loss", unreached, "share-unreached"),
  ]);
}

function memoryBar({ memory }: StagePlan): Html {
  const { parameters, gradients, optimizer, activations, total } = memory;
  const shares = Object.entries({ parameters, gradients, optimizer, activations });
  return bar(
    `${bytesText(total)} of memory`,
    shares.map(([name, value], i) => ({ name, value, text: bytesText(value), kind: `share-${i}` })),
  );
}

// ------------------------------------------------------------------------------------------------ hand-over

function takenOver({ handOver, checkpoint }: StagePlan): Html {
  if (checkpoint !== null) return list(`from ${checkpoint.path}`, checkpointLines(checkpoint));
  if (handOver === null) return list("from scratch", []);
  return list(`from ${handOver.from}${handOver.at === "best" ? " at best" : ""}`, handOverLines(handOver));
}

type Line = readonly [what: string, said: string];

function list(title: string, lines: readonly Line[]): Html {
  const items = lines.map(([what, said]) => html`<li><b>${what}</b> ${said}</li>`);
  const body =
    items.length === 0
      ? html``
      : html`<ul>
          ${join(items)}
        </ul>`;
  return html`<div class="taken-over">
    <p>${title}</p>
    ${body}
  </div>`;
}

function handOverLines({ kept, resized, copied, newlyInitialised, leftBehind }: HandOverPlan): Line[] {
  return [
    ["kept", counted(kept, "tensor")],
    ...resized.map(({ name, rule }): Line => ["resized", `${name}: ${rule}`]),
    ...copiesText(copied).map((text): Line => ["copied", text.replace(": copied from ", " from ")]),
    ...(newlyInitialised.length === 0 ? [] : [["newly initialised", newlyInitialised.join(", ")] satisfies Line]),
    ...(leftBehind === null ? [] : [["left behind", leftBehind.replaceAll("`", "")] satisfies Line]),
  ];
}

function checkpointLines({ layout, nest, drop, fresh, resize }: CheckpointPlan): Line[] {
  const rest = Object.entries({ "left out": drop, "newly initialised": fresh, "may be resized": resize });
  return [
    ["layout", nest === null ? layout : `${layout}, under ${nest}`],
    ...rest.flatMap(([what, names]): Line[] => (names.length === 0 ? [] : [[what, names.join(", ")]])),
  ];
}
