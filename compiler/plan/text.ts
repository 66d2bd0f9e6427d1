// The plan as text: a paragraph for each model and stage, numbers in columns.
import { counted } from "../../grammar/index.js";
import { layersText } from "../check/model/placement.js";
import { costText } from "./cost-text.js";
import { countText } from "./count-text.js";
import { lastMicroBatch } from "../spec/micro-batches.js";
import { shareText } from "../spec/mixture.js";
import type { CheckpointPlan, HandOverPlan, ModelPlan, Plan, RoutePlan, StagePlan, ViewPlan } from "./plan.js";

/** The whole plan, ending in a line break. */
export function planText(plan: Plan): string {
  return `${[...plan.models.map(modelText), ...plan.stages.map(stageText)].join("\n")}`;
}

/** 40.9e9 as `40.9 GFLOP`. */
export function flopsText(flops: number): string {
  const [scale, unit] =
    flops >= 1e15
      ? [1e15, "PFLOP"]
      : flops >= 1e12
        ? [1e12, "TFLOP"]
        : flops >= 1e9
          ? [1e9, "GFLOP"]
          : flops >= 1e6
            ? [1e6, "MFLOP"]
            : [1e3, "kFLOP"];
  return `${(flops / scale).toPrecision(3)} ${unit}`;
}

function modelText(model: ModelPlan): string {
  const title = `model ${model.name}: ${counted(model.layers, "layer")}, ${model.width} wide, ${countText(model.parameters)} parameters without heads`;
  const parts = columns(model.parts.map(({ part, parameters }) => [part, countText(parameters)]));
  const views = model.views.flatMap(viewText);
  return [title, ...parts, ...views, ""].join("\n");
}

/** Aligned columns: the first to the left, numbers to the right. */
function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  return rows.map(
    (row) =>
      `  ${row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join("  ")}`,
  );
}

function viewText({ view, tokens, flops, routes }: ViewPlan): string[] {
  const title = `  view ${view}: ${tokens} tokens, ${flopsText(flops)} forward`;
  return [title, ...routes.map((route) => `    ${routeText(route)}`)];
}

function routeText({ layers: [from, to], text, image }: RoutePlan): string {
  const place = from === to ? `layer ${from}` : `layers ${from}..${to}`;
  if (text === image && text !== null) return `${place}: all tokens → ${text}`;
  const sides = [text === null ? "" : `text → ${text}`, image === null ? "" : `image → ${image}`];
  return `${place}: ${sides.filter((side) => side !== "").join(", ")}`;
}

/** `75% coco, 25% books`. */
export function dataText({ data, mixture }: StagePlan): string {
  return data.map((name, i) => (mixture === null ? name : `${shareText(mixture[i] ?? 0)} ${name}`)).join(", ");
}

function stageText(stage: StagePlan): string {
  const { trunk, heads, total, carried } = stage.parameters;
  const learn = stage.learn.map(({ head, weight }) => (weight === 1 ? head : `${weight} * ${head}`)).join(" + ");
  const last = lastMicroBatch(stage) === stage.micro ? "" : ` (the last ${lastMicroBatch(stage)})`;
  const micro = stage.micro === stage.batch ? "" : `, micro-batch ${stage.micro}${last}`;
  const rows = [["part", "parameters", "trained", "frozen", "unreached"]];
  for (const part of stage.parts)
    rows.push([part.part, ...[part.parameters, part.trained, part.frozen, part.unreached].map(zeroBlank)]);
  rows.push(["all", ...[total + carried, stage.trained, stage.frozen, stage.unreached].map(zeroBlank)]);
  return [
    `${stage.word} ${stage.name}: ${stage.model} on ${dataText(stage)}, learns ${learn}`,
    `  ${lengthText(stage)}, batch ${stage.batch}${micro}, ${flopsText(stage.flops)} forward per sample, ${flopsText(stage.flopsStep)} per step`,
    `  ${countText(total)} parameters: ${countText(trunk)} in the trunk, ${countText(heads)} in its heads${carried === 0 ? "" : `; ${countText(carried)} kept, unused here`}`,
    ...columns(rows),
    ...stage.views.flatMap(viewText),
    ...stage.pools.map(({ head, pairs }) => `  pool of ${head}: ${pairs} pairs`),
    ...stage.withoutEffect.map(({ setting, reason }) => `  ${setting} has no effect: ${reason}`),
    ...costText(stage),
    ...(stage.checkpoint === null ? handOverText(stage.handOver) : checkpointText(stage.checkpoint)),
    "",
  ].join("\n");
}

/** `200,000 steps`, `3 epochs (120 steps)`. */
export function lengthText({ duration: { value, unit }, steps }: StagePlan): string {
  const text = `${Number.isInteger(value) ? countText(value) : value} ${unit}`;
  if (unit === "steps") return text;
  return `${text} (${steps === null ? "over items that are counted when it runs" : `${countText(Math.floor(steps))} steps`})`;
}

function zeroBlank(count: number): string {
  return count === 0 ? "·" : countText(count);
}

function checkpointText({ path, layout, nest, drop, fresh, resize }: CheckpointPlan): string[] {
  const lines = Object.entries({ "left out": drop, "newly initialised": fresh, "may be resized by": resize });
  const said = lines.flatMap(([what, names]) => (names.length === 0 ? [] : [`    ${what}: ${names.join(", ")}`]));
  return [`  from the file ${path} (layout ${layout}${nest === null ? "" : `, under ${nest}`})`, ...said];
}

function handOverText(plan: HandOverPlan | null): string[] {
  if (plan === null) return ["  from scratch"];
  const lines = [`  from ${plan.from}${plan.at === "best" ? " at best" : ""}: ${plan.kept} tensors kept`];
  for (const { name, rule } of plan.resized) lines.push(`    ${name}: ${rule}`);
  for (const line of copiesText(plan.copied)) lines.push(`    ${line}`);
  if (plan.newlyInitialised.length > 0) lines.push(`    newly initialised: ${plan.newlyInitialised.join(", ")}`);
  if (plan.leftBehind !== null) lines.push(`    left behind: ${plan.leftBehind.replaceAll("`", "")}`);
  return lines;
}

/** The `copied` parts, one line per pair of parts whose tensors have the same names. */
export function copiesText(copied: HandOverPlan["copied"]): string[] {
  const layers = new Map<string, number[]>();
  for (const { name, from } of copied) {
    const [to, source] = withoutCommonEnd(partOf(name), partOf(from));
    const same = to.layer === source.layer;
    const text = same ? `: copied from ${source.part}` : `: copied from ${placeText(source)}`;
    const key = same && to.layer !== null ? `${to.part}\n${text}` : `${placeText(to)}${text}`;
    const known = layers.get(key) ?? [];
    if (same && to.layer !== null && !known.includes(to.layer)) known.push(to.layer);
    layers.set(key, known);
  }
  return [...layers].map(([key, each]) => key.replace("\n", each.length === 0 ? "" : ` in ${layersText(each)}`));
}

interface Part {
  readonly part: string;
  readonly layer: number | null;
}

function partOf(name: string): Part {
  const [, layer, part] = /^layers\.(\d+)\.(.*)$/.exec(name) ?? [];
  return layer === undefined || part === undefined ? { part: name, layer: null } : { part, layer: Number(layer) };
}

function placeText({ part, layer }: Part): string {
  return layer === null ? part : `${part} in layer ${layer}`;
}

/** `experts.fusion.fc1.bias` and `experts.vision.fc1.bias` as `experts.fusion` and `experts.vision`. */
function withoutCommonEnd(a: Part, b: Part): [Part, Part] {
  if (a.part === b.part) return [a, b];
  const [one, two] = [a.part.split("."), b.part.split(".")];
  while (one.length > 1 && two.length > 1 && one.at(-1) === two.at(-1)) {
    one.pop();
    two.pop();
  }
  return [
    { ...a, part: one.join(".") },
    { ...b, part: two.join(".") },
  ];
}
