// Two specifications side by side: differences are listed between them, in the words of `diff`, and marked in both.
import {
  changeText,
  diffSpecs,
  pairsOf,
  planOf,
  type Change,
  type DeclarationDiff,
  type Pair,
  type Plan,
  type Spec,
  type SpecDiff,
} from "../../compiler/front-end.js";
import { html, join, type Html } from "../html.js";
import { modelSection } from "./model-section.js";
import type { Marks } from "./model-drawing.js";
import { stagesLegend } from "./picture.js";
import { stageCard } from "./stage-card.js";

/** A specification with its name. */
export interface Side {
  readonly title: string;
  readonly spec: Spec;
}

interface Planned extends Side {
  readonly plan: Plan;
  readonly side: "before" | "after";
}

/** Models and stages in pairs, and the remaining differences. */
export function comparisonOf(first: Side, second: Side): Html {
  const diff = diffSpecs(first.spec, second.spec);
  const sides: readonly [Planned, Planned] = [
    { ...first, plan: planOf(first.spec), side: "before" },
    { ...second, plan: planOf(second.spec), side: "after" },
  ];
  const pairs = pairsOf(first.spec, second.spec);
  const rows = (kind: Pair["kind"]): readonly Html[] =>
    pairs.filter((pair) => pair.kind === kind).map((pair) => rowOf(pair, sides, diff));
  const others = diff.declarations.filter(({ kind }) => kind !== "model" && kind !== "stage");
  return html`<section class="compared">
    ${titles(sides)} ${diff.same ? html`<p class="note">no difference in meaning</p>` : html``} ${join(rows("model"))}
    ${others.length === 0 ? html`` : html`<div class="others">${join(others.map((each) => between(each, sides)))}</div>`}
    <h2>Stages</h2>
    ${stagesLegend} ${join(rows("stage"))}
  </section>`;
}

function titles([before, after]: readonly [Planned, Planned]): Html {
  return html`<div class="row titles">
    <h2>${before.title}</h2>
    <p class="of">what differs</p>
    <h2>${after.title}</h2>
  </div>`;
}

function rowOf(pair: Pair, sides: readonly [Planned, Planned], diff: SpecDiff): Html {
  const found = diff.declarations.find(
    ({ kind, before, after }) => kind === pair.kind && before === pair.before && after === pair.after,
  );
  const said = found === undefined ? html`<p class="note">alike</p>` : between(found, sides);
  const [left, right] = sides.map((side) => drawn(pair, side, diff, found));
  return html`<div class="row" data-pair="${pair.kind}">
    <div>${left ?? html``}</div>
    <div class="changes">${said}</div>
    <div>${right ?? html``}</div>
  </div>`;
}

function drawn(pair: Pair, { spec, plan, side }: Planned, diff: SpecDiff, found: DeclarationDiff | undefined): Html {
  const name = pair[side];
  if (name === null) return html`<p class="note">nothing like it</p>`;
  const stage = spec.stages.get(name);
  const stagePlan = plan.stages.find((each) => each.name === name);
  if (pair.kind === "stage" && stage !== undefined && stagePlan !== undefined)
    return stageCard(stage, stagePlan, spec, found === undefined ? "same" : "differs");
  const model = spec.models.get(name);
  const modelPlan = plan.models.find((each) => each.name === name);
  if (model === undefined || modelPlan === undefined) return html``;
  const marks = marksOf(found, diff, side);
  return modelSection(model, modelPlan, spec, { group: `${side} ${name}`, marks });
}

// -------------------------------------------------------------------------------------------- what differs

function between({ kind, before, after, changes }: DeclarationDiff, sides: readonly [Planned, Planned]): Html {
  if (before === null || after === null) {
    const [there] = sides.filter(({ side }) => (side === "before" ? before : after) !== null);
    return html`<h4>${kind} ${before ?? after ?? ""}</h4>
      <p class="note">only in ${there?.title ?? ""}</p>`;
  }
  const groups = [...new Set(changes.map(({ group }) => group))];
  const lists = groups.map((group) =>
    changesList(
      group,
      changes.filter((change) => change.group === group),
    ),
  );
  return html`<h4>${kind} ${before === after ? before : `${before} → ${after}`}</h4>
    ${join(lists)}`;
}

function changesList(group: Change["group"], changes: readonly Change[]): Html {
  const items = changes.map(
    (change) =>
      html`<div>
        <dt>${change.what}</dt>
        <dd>${folded(changeText(change))}</dd>
      </div>`,
  );
  return html`${group === "" ? html`` : html`<p class="group">${group}</p>`}
    <dl>${join(items)}</dl>`;
}

/** Characters of a change shown without unfolding. */
const mostShown = 240;

/** Lists of tensors may be longer than a page. */
function folded(text: string): Html {
  if (text.length <= mostShown) return html`${text}`;
  return html`<details>
    <summary>${text.slice(0, mostShown / 3)}…</summary>
    ${text}
  </details>`;
}

/** The marks of a model's picture on one side. */
function marksOf(found: DeclarationDiff | undefined, diff: SpecDiff, side: Planned["side"]): Marks {
  const changes = found?.changes ?? [];
  const heads = diff.declarations.flatMap((each) => (each.kind === "head" ? (each[side] ?? []) : []));
  const differs = (part: string): boolean => changes.some(({ group, what }) => group === "" && what.startsWith(part));
  return {
    layers: new Set(changes.flatMap((change) => layersOf(change, side))),
    heads: new Set(heads),
    attention: differs("attention."),
    embeddings: new Set((["image", "text"] as const).filter((part) => differs(part))),
  };
}

/** The layers in `layer 3` and `layers 11..12` that have a value on this side. */
function layersOf({ group, what, ...values }: Change, side: Planned["side"]): number[] {
  const [, first, last] = /^layers? (\d+)(?:\.\.(\d+))?$/.exec(what) ?? [];
  if (group !== "experts by layer" || first === undefined || values[side] === null) return [];
  return Array.from({ length: Number(last ?? first) - Number(first) + 1 }, (_, i) => Number(first) + i);
}
