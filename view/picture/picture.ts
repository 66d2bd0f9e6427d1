// The picture of a specification, as the body of a page.
import { planOf, type Plan, type Spec } from "../../compiler/front-end.js";
import { html, join, type Html } from "../html.js";
import { modelSection } from "./model-section.js";
import { treeOf, type Branch } from "./order.js";
import { stageCard } from "./stage-card.js";

/** Models with the paths of their views, stages as a flow. */
export function pictureOf(spec: Spec): Html {
  const plan = planOf(spec);
  if (spec.models.size === 0) return html`<p class="note">No model and no stage is declared here.</p>`;
  return html`${models(spec, plan)} ${stages(spec, plan)}`;
}

function models(spec: Spec, plan: Plan): Html {
  return join(
    plan.models.flatMap((of) => {
      const model = spec.models.get(of.name);
      return model === undefined ? [] : [modelSection(model, of, spec, { group: `way ${of.name}` })];
    }),
  );
}

function stages(spec: Spec, plan: Plan): Html {
  const tree = treeOf(spec.stages);
  if (tree.length === 0) return html``;
  const cards = tree.map((branch) => stageItem(branch, spec, plan));
  return html`<section class="stages">
    <h2>Stages</h2>
    ${stagesLegend}
    <ol class="flow">
      ${join(cards)}
    </ol>
  </section>`;
}

function stageItem({ stage, depth, follows }: Branch, spec: Spec, plan: Plan): Html {
  const own = plan.stages.find(({ name }) => name === stage.name);
  if (own === undefined) return html``;
  return html`<li class="depth-${String(depth)} ${follows ? "follows" : "begins"}">${stageCard(stage, own, spec)}</li>`;
}

/** The legend of the small pictures of stages. */
export const stagesLegend = html`<ul class="legend" aria-label="In the small pictures">
  <li><i class="share-trained"></i>trained</li>
  <li><i class="share-frozen"></i>frozen</li>
  <li><i class="share-unreached"></i>unreached by any loss</li>
  <li><i class="share-new"></i>newly initialised</li>
  <li><i class="share-copied"></i>copied within the model</li>
</ul>`;
