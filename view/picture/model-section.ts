// A model on a page: its picture, in which the path of a single view can be highlighted, and facts about it.
import type { HeadSpec, ModelPlan, ModelSpec, Spec, View } from "../../compiler/front-end.js";
import { html, join, type Html } from "../html.js";
import { element } from "./element.js";
import { modelDrawing, unmarked, type Marks } from "./model-drawing.js";
import { modelFacts } from "./model-facts.js";
import { layoutOf } from "./model-layout.js";
import { amount, counted } from "../../grammar/index.js";

/** The section; `group` distinguishes its radio buttons from those of other sections of the page. */
export function modelSection(
  model: ModelSpec,
  plan: ModelPlan,
  spec: Spec,
  { group, marks = unmarked }: { readonly group: string; readonly marks?: Marks | undefined },
): Html {
  const layout = layoutOf(model, plan, headsOn(model, spec));
  const words = `The model ${model.name}: ${counted(model.layers, "layer")}, ways of ${plan.views.map(({ view }) => view).join(", ")}`;
  const drawing = element(
    "svg",
    { class: "drawing", viewBox: `0 0 ${layout.width} ${layout.height}`, role: "group", "aria-label": words },
    modelDrawing({ model, plan, layout, marks }, true),
  );
  return html`<section class="model" data-model="${model.name}">
    <h2>${model.name} <span class="of">${amount(plan.parameters)} parameters</span></h2>
    <div class="model-parts">
      <figure class="picture">${ways(plan, group)} ${drawing}</figure>
      ${modelFacts(model, plan)}
    </div>
  </section>`;
}

/** Heads that any stage trains on a model, each once. */
export function headsOn(model: ModelSpec, { stages }: Spec): HeadSpec[] {
  const learnt = [...stages.values()].filter((stage) => stage.model.name === model.name);
  const heads = learnt.flatMap(({ learn }) => learn.map(({ head }) => head));
  return [...new Map(heads.map((head) => [head.name, head])).values()];
}

/** The choice of the highlighted path: radio buttons, which work without a script. */
function ways({ views }: ModelPlan, group: string): Html {
  const names: readonly (View | "all")[] = ["all", ...views.map(({ view }) => view)];
  const choices = names.map(
    (name, i) =>
      html`<label
        ><input type="radio" name="${group}" value="${name}" ${i === 0 ? html` checked` : html``} />${name}</label
      >`,
  );
  return html`<fieldset class="ways">
    <legend>path of</legend>
    ${join(choices)}
  </fieldset>`;
}
