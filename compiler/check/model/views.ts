// Whether a model can run what a head reads: the embeddings of its views, a token type for each of two images, an
// expert for every token in every layer, the layers whose outputs it reads, the consecutive top layers with pair experts
// for a fused contrast.
import { counted, type Span } from "../../../grammar/index.js";
import { diagnose } from "../../codes.js";
import { isFused } from "../../heads/index.js";
import type { FeatureSpec, HeadSpec, Modality, ModelSpec, View } from "../../spec/spec.js";
import type { Context } from "../context.js";
import { layersText } from "./placement.js";
import { expertFor, expertServing, fusedFrom, layersOf } from "../../spec/routing.js";

/** A head, and the setting that makes a stage or an evaluation run it. */
export interface Use {
  readonly head: HeadSpec;
  readonly span: Span;
}

/** Reports everything that keeps `model` from running the heads in use; true if nothing does. */
export function viewsRun(model: ModelSpec, uses: readonly Use[], context: Context): boolean {
  const said = new Set<string>();
  let fine = true;
  const once = (key: string, say: () => void): void => {
    fine = false;
    if (!said.has(key)) say();
    said.add(key);
  };
  for (const use of uses) {
    for (const feature of use.head.features) {
      for (const side of sidesOf(feature.view)) {
        if (model[side] === null) once(`no ${side}`, () => reportNoView(model, side, use, context));
        else if (feature.part !== "pixels") routeSide(model, feature.view, side, { use, once, context });
      }
      if (feature.image === 2 && model.image?.types === 1) once("types", () => reportTypes(model, use, context));
      if ((feature.layer ?? 0) > model.layers) once("layer", () => reportLayer(model, feature, context));
    }
    if (isFused(use.head) && fusedFrom(model) === null) {
      once("fused", () => reportFused(model, use, context));
    }
  }
  return fine;
}

function sidesOf(view: View): readonly Modality[] {
  return view === "pair" ? ["text", "image"] : [view];
}

function reportNoView(model: ModelSpec, side: Modality, use: Use, context: Context): void {
  const related = [{ span: use.span, message: `\`${use.head.name}\` runs here` }];
  const holes = { model: model.name, section: side, user: `\`${use.head.name}\`` };
  context.report(diagnose("V308", model.span, holes, { related, help: `add \`${side} { … }\` to the model` }));
}

/** With one type for both images, the model could not tell their tokens apart. */
function reportTypes({ name, image }: ModelSpec, { head, span }: Use, context: Context): void {
  const related = image === null ? [] : [{ span: image.span, message: `\`${name}\` has one type` }];
  context.report(diagnose("V642", span, { head: head.name, model: name }, { related }));
}

interface Routing {
  readonly use: Use;
  readonly once: (key: string, say: () => void) => void;
  readonly context: Context;
}

function routeSide(model: ModelSpec, view: View, side: Modality, { use, once, context }: Routing): void {
  const missing = layersOf(model).filter((layer) => expertFor(model, view, layer)[side] === null);
  if (missing.length === 0) return;
  once(`${side} ${missing.join()}`, () => {
    const serving = model.experts.filter((expert) => expert.views.includes(side));
    const nearest = serving.toSorted((a, b) => b.layers.length - a.layers.length)[0];
    const message = `\`${use.head.name}\` runs the view \`${view}\` through ${layersText(layersOf(model))}`;
    const related = [{ span: use.span, message }];
    const here = layersText(missing);
    const holes = { layers: `${here} ${missing.length === 1 ? "has" : "have"}`, tokens: side };
    const give = `give ${here} ${view === "pair" ? `a \`pair\` or \`${side}\`` : `a \`${side}\``} expert`;
    const label = nearest === undefined ? undefined : coverage(nearest.layers, model.layers);
    const help = nearest === undefined ? give : `place \`${nearest.name}\` on all, or ${give}`;
    const extra = label === undefined ? { related, help } : { related, help, label };
    context.report(diagnose("V304", nearest?.span ?? model.span, holes, extra));
  });
}

function coverage(layers: readonly number[], of: number): string {
  return layers.length === 0 ? "covers no layer" : `covers ${layersText(layers)} of ${of}`;
}

function reportLayer(model: ModelSpec, feature: FeatureSpec, context: Context): void {
  const help = `model \`${model.name}\` has ${counted(model.layers, "layer")}`;
  context.report(diagnose("V306", feature.span, { layer: feature.layer ?? 0, layers: model.layers }, { help }));
}

function reportFused(model: ModelSpec, use: Use, context: Context): void {
  const held = layersOf(model).filter((layer) => expertServing(model, "pair", layer) !== null);
  const related = [{ span: use.head.span, message: `\`${use.head.name}\` is fused` }];
  const place = model.experts.find((expert) => expert.views.includes("pair"))?.span ?? model.span;
  const label = held.length === 0 ? "no layer has one" : `they are in ${layersText(held)} of ${model.layers}`;
  const help = "place them `on top n`, or set `fused: false`";
  context.report(diagnose("V309", place, { model: model.name }, { related, help, label }));
}
