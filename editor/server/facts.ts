// Facts that a checked specification gives for a declaration: the lines of `vlmo plan`, shapes, sizes.
import {
  countText,
  featureShape,
  layersText,
  planModel,
  planStage,
  planText,
  type Declared,
  type Spec,
  type StageSpec,
} from "../../compiler/front-end.js";
import type { Node, Span } from "../../grammar/index.js";

/** Lines about a declaration; none where the specification does not contain it. */
export function factsOf(declared: Declared, spec: Spec): readonly string[] {
  const { span } = declared.node.name;
  const model = at(spec.models, span);
  if (model !== undefined) return linesOf(planText({ models: [planModel(model)], stages: [] }));
  const stage = at(spec.stages, span);
  if (stage !== undefined) return linesOf(planText({ models: [], stages: [planStage(stage, spec)] }));
  const head = at(spec.heads, span);
  if (head !== undefined) return headFacts(head.name, spec);
  const data = at(spec.data, span);
  if (data !== undefined)
    return [`${data.kind}, format ${data.format}${data.items === null ? "" : `, ${countText(data.items)} items`}`];
  const evaluation = at(spec.evaluations, span);
  if (evaluation !== undefined)
    return [`of ${evaluation.stage} on ${evaluation.data.name}, in batches of ${evaluation.batch}`];
  const value = declared.kind === "param" ? spec.params.get(declared.name) : undefined;
  return value === undefined ? [] : [`= ${value}`];
}

function linesOf(text: string): string[] {
  return text.split("\n").filter((line) => line !== "");
}

/** The item declared at a span. Its name in a specification may have the name of its file as a prefix. */
export function at<T extends { readonly span: Span }>(
  all: ReadonlyMap<string, T>,
  { file, start }: Span,
): T | undefined {
  return [...all.values()].find(({ span }) => span.file.path === file.path && span.start === start);
}

function headFacts(name: string, spec: Spec): string[] {
  const stages = [...spec.stages.values()].filter(({ learn }) => learn.some(({ head }) => head.name === name));
  const [first] = stages;
  const learnt = first?.learn.find(({ head }) => head.name === name)?.head;
  if (first === undefined || learnt === undefined) return [];
  const shapes = learnt.features.map((feature) => `${feature.view} [${featureShape(first.model, feature).join(", ")}]`);
  return [`takes ${shapes.join(", ")}`, `learnt by ${stages.map((stage) => stage.name).join(", ")}`];
}

/** The shape of the feature around a span, in the model of the first stage that trains its head. */
export function shapeFacts({ file, start, end }: Span, spec: Spec): readonly string[] {
  for (const { model, learn } of spec.stages.values())
    for (const feature of learn.flatMap(({ head }) => head.features)) {
      const { span } = feature;
      if (span.file.path !== file.path || start < span.start || span.end < end) continue;
      return [`\`[${featureShape(model, feature).join(", ")}]\` in model \`${model.name}\``];
    }
  return [];
}

/** The stage whose declaration encloses a path of nodes. */
export function stageAround(path: readonly Node[], spec: Spec): StageSpec | undefined {
  const node = path.find((each) => each.kind === "stage");
  return node?.kind === "stage" ? at(spec.stages, node.name.span) : undefined;
}

/** The layers of an expert of the model or stage around a path, and the tokens of each view that it serves. */
export function expertFacts(name: string, path: readonly Node[], spec: Spec): readonly string[] {
  const node = path.find((each) => each.kind === "model");
  const model = node?.kind === "model" ? at(spec.models, node.name.span) : stageAround(path, spec)?.model;
  const expert = model?.experts.find((each) => each.name === name);
  if (model === undefined || expert === undefined) return [];
  const place = expert.layers.length === 0 ? "in no layer" : `in ${layersText(expert.layers)} of ${model.layers}`;
  const routes = planModel(model).views.flatMap(({ view, routes: all }) => {
    const own = all.filter(({ text, image }) => text === name || image === name);
    return own.map(({ layers: [from, to], text, image }) => {
      const tokens = text === image ? "all tokens" : text === name ? "text tokens" : "image tokens";
      return `serves ${tokens} of ${view} in ${from === to ? `layer ${from}` : `layers ${from}..${to}`}`;
    });
  });
  return [place, ...routes];
}

/** How many parameters a part has in a stage: trained, frozen, unreached. */
export function partFacts(part: string, stage: StageSpec, spec: Spec): readonly string[] {
  const parts = planStage(stage, spec).parts.filter((each) => each.part === part || each.part.startsWith(`${part}.`));
  const sum = (of: "parameters" | "trained" | "frozen" | "unreached"): number =>
    parts.reduce((all, each) => all + each[of], 0);
  if (parts.length === 0) return [];
  const shares = (["trained", "frozen", "unreached"] as const).flatMap((of) =>
    sum(of) === 0 ? [] : [`${countText(sum(of))} ${of}`],
  );
  return [`${countText(sum("parameters"))} parameters in \`${stage.name}\`: ${shares.join(", ")}`];
}
