// A picture as a self-contained file: models, and beside each the stages that train it. It adapts to the reader's light or dark
// theme.
import {
  dataText,
  flopsText,
  lengthText,
  planOf,
  type ModelPlan,
  type ModelSpec,
  type Plan,
  type Spec,
  type StagePlan,
  type StageSpec,
} from "../../compiler/front-end.js";
import { html, join, raw, type Html } from "../html.js";
import { palette } from "../look.js";
import { drawingStyle } from "./drawing-style.js";
import { element, label, pathOf } from "./element.js";
import { modelDrawing, unmarked } from "./model-drawing.js";
import { layoutOf } from "./model-layout.js";
import { headsOn } from "./model-section.js";
import { treeOf, type Branch } from "./order.js";
import { stageDrawing, stageLayout } from "./stage-drawing.js";
import { amount, counted } from "../../grammar/index.js";

const margin = 20;
const column = 360;
/** Space for the name of a model above its picture. */
const title = 40;
const between = 44;

/** A self-contained SVG: no external font, style or script. */
export function stillOf(spec: Spec): string {
  const plan = planOf(spec);
  const blocks: { readonly markup: Html; readonly height: number }[] = [];
  for (const [name, model] of spec.models) {
    const own = plan.models.find((each) => each.name === name);
    if (own !== undefined) blocks.push(blockOf(model, own, spec, plan));
  }
  const height = blocks.reduce((sum, block) => sum + block.height, 2 * margin);
  const width = 2 * margin + column + (spec.stages.size === 0 ? 0 : between + stageWidth);
  let y = margin;
  const placed = blocks.map((block) => {
    const moved = element("g", { transform: `translate(${margin} ${y})` }, block.markup);
    y += block.height;
    return moved;
  });
  const words = [...spec.models.values()].map(modelWords).join("; ");
  const drawing = element(
    "svg",
    {
      xmlns: "http://www.w3.org/2000/svg",
      viewBox: `0 0 ${width} ${height}`,
      width,
      height,
      class: "drawing",
      role: "img",
      "aria-label": words,
    },
    element("style", {}, raw(palette + drawingStyle)),
    element("rect", { width, height, rx: 10, class: "page" }),
    ...placed,
  );
  return `${drawing.text}\n`;
}

function modelWords({ name, layers, experts }: ModelSpec): string {
  return `${name}: ${counted(layers, "layer")}, ${experts.map((expert) => `${expert.name} in ${counted(expert.layers.length, "layer")}`).join(", ")}`;
}

interface Block {
  readonly markup: Html;
  readonly height: number;
}

function blockOf(model: ModelSpec, plan: ModelPlan, spec: Spec, all: Plan): Block {
  const layout = layoutOf(model, plan, headsOn(model, spec));
  const tree = treeOf(spec.stages).filter(({ stage }) => stage.model.name === model.name);
  const stages = stagesOf(tree, spec, all);
  const attention = model.attention.share === "all" ? "shared attention" : "separate attention per modality";
  const heading = `${model.layers} layers, ${model.width} wide, ${amount(plan.parameters)} parameters; ${attention}`;
  const markup = join([
    label(model.name, { x: 0, y: 14, class: "name" }, { width: column - 20, size: 15 }),
    label(heading, { x: 0, y: 31, class: "muted" }, { width: column, size: 11 }),
    element("g", { transform: `translate(0 ${title})` }, modelDrawing({ model, plan, layout, marks: unmarked }, false)),
    element("g", { transform: `translate(${column + between} 0)` }, stages.markup),
  ]);
  return { markup, height: Math.max(title + layout.height, stages.height) + margin };
}

// --------------------------------------------------------------------------------------------------- stages

const stageWidth = 336;
const step = 14;
/** The scale of a small picture relative to that on a page. */
const scale = 0.8;

function stagesOf(tree: readonly Branch[], spec: Spec, plan: Plan): Block {
  const parts: Html[] = [legend()];
  let y = title;
  for (const { stage, depth, follows } of tree) {
    const own = plan.stages.find(({ name }) => name === stage.name);
    if (own === undefined) continue;
    const { markup, height } = stageOf(stage, own, spec);
    const x = step * depth;
    if (follows) parts.push(arrow(x + 8, y - 20));
    parts.push(element("g", { transform: `translate(${x} ${y})` }, markup));
    y += height + 24;
  }
  return { markup: join(tree.length === 0 ? [] : parts), height: y - 24 };
}

function arrow(x: number, y: number): Html {
  const head = [
    [x - 4, y + 11],
    [x, y + 16],
    [x + 4, y + 11],
  ] as const;
  return element("path", {
    class: "arrow",
    d: `${pathOf([
      [x, y],
      [x, y + 16],
    ])}${pathOf(head)}`,
  });
}

function stageOf(stage: StageSpec, plan: StagePlan, spec: Spec): Block {
  const small = stageLayout(stage, spec);
  const x = small.width * scale + 14;
  const width = stageWidth - x;
  const lines = linesOf(plan);
  const texts = lines.map((line, i) => label(line, { x, y: 25 + 14 * i, class: "muted" }, { width, size: 10.5 }));
  const markup = join([
    element("g", { transform: `scale(${scale})` }, stageDrawing(small)),
    label(stage.name, { x, y: 10, class: "name" }, { width, size: 12 }),
    ...texts,
  ]);
  return { markup, height: Math.max(small.height * scale, 14 + 14 * lines.length) };
}

function linesOf(plan: StagePlan): string[] {
  const learn = plan.learn.map(({ head, weight }) => (weight === 1 ? head : `${weight} × ${head}`)).join(" + ");
  const kept =
    plan.handOver === null || plan.handOver.newlyInitialised.length === 0
      ? []
      : [`new: ${plan.handOver.newlyInitialised.join(", ")}`];
  return [
    `${learn} on ${dataText(plan)}`,
    `${lengthText(plan)}, batch ${plan.batch}`,
    `${flopsText(plan.flopsStep)} per step`,
    `${amount(plan.trained)} trained${plan.frozen === 0 ? "" : `, ${amount(plan.frozen)} frozen`}`,
    ...kept,
  ].flatMap(wrapped);
}

/** Characters per line beside a small picture. */
const most = 40;

/** Wraps at words. */
function wrapped(text: string): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last === undefined || last.length + word.length + 1 > most) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}

/** The legend of the small pictures' fills. */
function legend(): Html {
  const entries = [
    ["trained", 0],
    ["frozen", 66],
    ["unreached", 128],
  ] as const;
  const words = { trained: "trained", frozen: "frozen", unreached: "unreached by any loss" };
  return element(
    "g",
    { class: "tint-attention" },
    ...entries.flatMap(([doing, x]) => [
      element("rect", { x, y: 6, width: 9, height: 9, rx: 1.5, class: doing }),
      element("text", { x: x + 14, y: 14, class: "muted", "font-size": 10.5 }, html`${words[doing]}`),
    ]),
  );
}
