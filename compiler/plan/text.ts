// The plan as a person reads it: one paragraph a model and a stage, numbers in columns.
import { costText } from "./cost-text.js";
import type { CheckpointPlan, HandOverPlan, ModelPlan, Plan, RoutePlan, StagePlan, ViewPlan } from "./plan.js";

/** The whole plan, ending in a line break. */
export function planText(plan: Plan): string {
  return `${[...plan.models.map(modelText), ...plan.stages.map(stageText)].join("\n")}`;
}

/** 202445470 as `202,445,470`: a count to the unit. */
export function countText(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ",");
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
  const title = `model ${model.name}: ${model.layers} layers, ${model.width} wide, ${countText(model.parameters)} parameters without heads`;
  const parts = columns(model.parts.map(({ part, parameters }) => [part, countText(parameters)]));
  const views = model.views.flatMap(viewText);
  return [title, ...parts, ...views, ""].join("\n");
}

/** Rows of equal columns: the first to the left, numbers to the right. */
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

function stageText(stage: StagePlan): string {
  const { trunk, heads, total, carried } = stage.parameters;
  const learn = stage.learn.map(({ head, weight }) => (weight === 1 ? head : `${weight} * ${head}`)).join(" + ");
  const micro = stage.micro === stage.batch ? "" : ` in pieces of ${stage.micro}`;
  const rows = [["part", "parameters", "trained", "frozen", "unreached"]];
  for (const part of stage.parts)
    rows.push([part.part, ...[part.parameters, part.trained, part.frozen, part.unreached].map(zeroBlank)]);
  rows.push(["all", ...[total + carried, stage.trained, stage.frozen, stage.unreached].map(zeroBlank)]);
  return [
    `${stage.word} ${stage.name}: ${stage.model} on ${stage.data.join(", ")}, learns ${learn}`,
    `  ${stage.duration.value} ${stage.duration.unit}, batch ${stage.batch}${micro}, ${flopsText(stage.flops)} forward a sample, ${flopsText(stage.flopsStep)} a step`,
    `  ${countText(total)} parameters: ${countText(trunk)} in the trunk, ${countText(heads)} in its heads${carried === 0 ? "" : `; ${countText(carried)} carried for later`}`,
    ...columns(rows),
    ...stage.views.flatMap(viewText),
    ...stage.pools.map(({ head, pairs }) => `  pool of ${head}: ${pairs} pairs`),
    ...costText(stage),
    ...(stage.checkpoint === null ? handOverText(stage.handOver) : checkpointText(stage.checkpoint)),
    "",
  ].join("\n");
}

function zeroBlank(count: number): string {
  return count === 0 ? "·" : countText(count);
}

function checkpointText({ path, layout, drop, fresh, resize }: CheckpointPlan): string[] {
  const lines = Object.entries({ "left out": drop, "begin anew": fresh, "may be resized by": resize });
  const said = lines.flatMap(([what, names]) => (names.length === 0 ? [] : [`    ${what}: ${names.join(", ")}`]));
  return [`  from the file ${path} (layout ${layout})`, ...said];
}

function handOverText(plan: HandOverPlan | null): string[] {
  if (plan === null) return ["  from scratch"];
  const lines = [`  from ${plan.from}: ${plan.kept} tensors kept`];
  for (const { name, rule } of plan.resized) lines.push(`    ${name}: ${rule}`);
  for (const { name, from } of plan.copied) lines.push(`    ${name}: copied from ${from}`);
  if (plan.begun.length > 0) lines.push(`    begin anew: ${plan.begun.join(", ")}`);
  return lines;
}
