// Derived sizes shown beside the text: layers that a placement covers, tokens of a view, parameters of a model, steps of an
// epoch, bytes of a step. Only for a specification without errors.
import { InlayHintKind, type InlayHint, type Range } from "vscode-languageserver-types";
import {
  bytesText,
  countText,
  inSteps,
  itemsOf,
  layersText,
  planModel,
  planStage,
  tokensOf,
  type ModelSpec,
  type Spec,
  type StageSpec,
} from "../../compiler/front-end.js";
import {
  pathText,
  type Block,
  type Entry,
  type ModelDeclaration,
  type Span,
  type StageDeclaration,
} from "../../grammar/index.js";
import { positionOf, spanOf, touches } from "./convert.js";
import { at } from "./facts.js";
import type { Workspace } from "./workspace.js";

interface Hint {
  /** The span that the hint follows. */
  readonly after: Span;
  readonly text: string;
  readonly tooltip: string;
}

/** The hints of a range of a document. */
export function inlayHints(uri: string, range: Range, workspace: Workspace): InlayHint[] {
  const module = workspace.moduleOf(uri);
  const spec = module === null ? null : workspace.specOf(module.path);
  if (module === null || spec === null) return [];
  const { source, declarations } = module.file;
  const wanted = spanOf(source, range);
  const hints = declarations.flatMap((node): Hint[] => {
    if (!touches(node.span, wanted)) return [];
    if (node.kind === "model") return modelHints(node, spec);
    return node.kind === "stage" ? stageHints(node, spec) : [];
  });
  return hints
    .filter(({ after }) => touches({ ...after, start: after.end }, wanted))
    .map(({ after, text, tooltip }) => ({
      position: positionOf(source, after.end),
      label: text,
      tooltip,
      kind: InlayHintKind.Type,
      paddingLeft: true,
    }));
}

function modelHints(node: ModelDeclaration, spec: Spec): Hint[] {
  const model = at(spec.models, node.name.span);
  if (model === undefined) return [];
  const size = {
    after: node.name.span,
    text: `${countText(planModel(model).parameters)} parameters`,
    tooltip: "without heads",
  };
  return [size, ...sectionHints(node.body, model)];
}

/** The sections of a model, or of a stage's `with`. */
function sectionHints(body: Block, model: ModelSpec): Hint[] {
  return body.entries.flatMap((entry): Hint[] => {
    if (entry.kind !== "section") return [];
    const name = pathText(entry.key);
    if (name === "experts") return entry.body.entries.flatMap((expert) => expertHints(expert, model));
    if (name !== "image" && name !== "text") return [];
    const tokens = tokensOf(model, name)[name];
    return [{ after: entry.span, text: `${countText(tokens)} tokens`, tooltip: `of the view \`${name}\`` }];
  });
}

function expertHints(entry: Entry, model: ModelSpec): Hint[] {
  if (entry.kind !== "setting" || entry.value.kind !== "placement") return [];
  const expert = model.experts.find(({ name }) => name === pathText(entry.key));
  if (expert === undefined || expert.layers.length === 0) return [];
  const tooltip = `of ${model.layers}, counted from the bottom`;
  return [{ after: entry.value.span, text: layersText(expert.layers), tooltip }];
}

function stageHints(node: StageDeclaration, spec: Spec): Hint[] {
  const stage = at(spec.stages, node.name.span);
  if (stage === undefined) return [];
  return node.body.entries.flatMap((entry): Hint[] => {
    const name = entry.kind === "item" ? "" : pathText(entry.key);
    if (entry.kind === "section") return name === "with" ? sectionHints(entry.body, stage.model) : [];
    const text = entry.kind === "setting" ? stageText(name, stage, spec) : null;
    return text === null ? [] : [{ after: entry.span, ...text }];
  });
}

/** The hint after a key of a stage. */
function stageText(key: string, stage: StageSpec, spec: Spec): Omit<Hint, "after"> | null {
  const isPiece = key === "micro" || (key === "batch" && stage.micro === stage.batch);
  if (key === "epochs") {
    const steps = inSteps(stage.duration, stage);
    return steps === null ? null : { text: `${countText(Math.floor(steps))} steps`, tooltip: "of this stage" };
  }
  const items = key === "data" ? itemsOf(stage.data) : null;
  if (items !== null)
    return {
      text: `${countText(Math.floor(items / stage.batch))} steps an epoch`,
      tooltip: `${countText(items)} items`,
    };
  if (!isPiece) return null;
  const { memory } = planStage(stage, spec);
  return { text: `${bytesText(memory.total)} per step`, tooltip: `estimated, in ${memory.precision}` };
}
