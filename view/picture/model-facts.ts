// Facts about a model in text and bars, beside its picture.
import {
  countText,
  layersText,
  positionRuleOf,
  type ExpertSpec,
  type ModelPlan,
  type ModelSpec,
} from "../../compiler/front-end.js";
import { html, join, type Html } from "../html.js";
import { barOf } from "../parts.js";
import { tintOf } from "./tint.js";
import { amount, counted } from "../../grammar/index.js";

/** Sizes, experts with their layers, parameters by part. */
export function modelFacts(model: ModelSpec, plan: ModelPlan): Html {
  const facts = sizesOf(model).map(
    ([term, said]) =>
      html`<div>
        <dt>${term}</dt>
        <dd>${said}</dd>
      </div>`,
  );
  return html`<div class="model-facts">
    <dl class="said">${join(facts)}</dl>
    <h4>Experts</h4>
    <ul class="experts">
      ${join(model.experts.map((expert) => expertLine(expert, model)))}
    </ul>
    <h4>${countText(plan.parameters)} parameters without heads</h4>
    <ul class="parts">
      ${join(plan.parts.map((part) => partLine(part, plan)))}
    </ul>
  </div>`;
}

function sizesOf({ layers, width, attention, image, text }: ModelSpec): (readonly [term: string, said: string])[] {
  const shared = attention.share === "all" ? "shared by all tokens" : "one for each modality";
  return [
    ["layers", `${layers}, ${countText(width)} wide`],
    ["attention", `${shared}, ${counted(attention.heads, "head")}`],
    ["positions", positionRuleOf(attention.position).text(attention.position)],
    ...(image === null ? [] : [["image", imageText(image)] as const]),
    ...(text === null ? [] : [["text", `${text.length} tokens of ${countText(text.tokenizer.vocabulary)}`] as const]),
  ];
}

function imageText({ size, patch, channels }: NonNullable<ModelSpec["image"]>): string {
  return `${size} × ${size} pixels, ${channels === 1 ? "grey" : "colour"}, patches of ${patch}`;
}

function expertLine(expert: ExpertSpec, { layers: all }: ModelSpec): Html {
  const { name, views, layers, ratio } = expert;
  const where = layers.length === all ? "every layer" : layers.length === 0 ? "no layer" : layersText(layers);
  return html`<li>
    <span class="chip tint-${tintOf(expert)}">${name}</span> ${where}: ${views.join(", ")}
    <span class="of">${String(ratio)} × as wide</span>
  </li>`;
}

function partLine({ part, parameters }: ModelPlan["parts"][number], plan: ModelPlan): Html {
  return html`<li>
    <span>${part}</span><span class="amount" title="${countText(parameters)}">${amount(parameters)}</span>
    ${barOf(parameters / plan.parameters)}
  </li>`;
}
