// The properties of a stage: objective, data, trained parameters, duration, learning rate, and what it takes over.
import { spanText } from "../../grammar/index.js";
import { parametersOf } from "../spec/parameter-list.js";
import { layersText } from "../check/model/placement.js";
import { durationText } from "../spec/durations.js";
import { shareText, sharesOf } from "../spec/mixture.js";
import { planStage, type HandOverPlan } from "../plan/plan.js";
import { plainNumber } from "../schema/defaults.js";
import { rolePath, type ParameterSpec, roleLayer } from "../spec/parameter.js";
import type { OriginSpec, Spec, StageSpec, OptimizerSpec, AugmentSpec, MixSpec } from "../spec/spec.js";
import { asWritten, modelProperties, settings, without, type Property } from "./properties.js";
import type { Names } from "./pairs.js";

/** Properties of a stage, derived ones included: trained parameters, pools of negatives, hand-over. */
export function stageProperties(stage: StageSpec, spec: Spec, names: Names): Property[] {
  const plan = planStage(stage, spec);
  const weights = stage.learn.map(({ head, weight }): [string, string] => [names.head(head.name), plainNumber(weight)]);
  const pools = plan.pools.map(({ head, pairs }): [string, number] => [names.head(head), pairs]);
  return [
    ...settings({
      word: stage.word,
      model: names.model(stage.model.name),
      from: originText(stage.from, names),
      data: stage.data.map(({ name }) => names.data(name)).toSorted(),
      mixture: mixtureOf(stage, names),
      learn: Object.fromEntries(weights.toSorted()),
      ...course(stage),
      pool: Object.fromEntries(pools.toSorted()),
    }),
    ...tensorProperties(stage, names),
    ...(["total", "trunk", "heads", "carried"] as const).map((what): Property => ({
      group: "parameters",
      what,
      value: plan.parameters[what],
    })),
    { group: "parameters", what: "trained", value: plan.trained },
    { group: "parameters", what: "frozen", value: plan.frozen },
    { group: "FLOPs", what: "forward of a sample", value: plan.flops },
    ...handOverProperties(plan.handOver, stage, names),
    ...modelProperties(stage.model)
      .filter(isSaid)
      .map((property): Property => ({ ...property, group: "model of the stage" })),
  ];
}

/** Whether a property of a model is written rather than derived; a stage shows its own sizes. */
function isSaid({ group }: Property): boolean {
  return group === "" || group === "experts by layer";
}

/** The share of each data block in a mixture; null if all items are equally frequent. */
function mixtureOf({ data, weights }: StageSpec, names: Names): Readonly<Record<string, string>> | null {
  if (weights === null) return null;
  const shares = sharesOf(weights);
  const named = data.map(({ name }, i): [string, string] => [names.data(name), shareText(shares[i] ?? 0)]);
  return Object.fromEntries(named.toSorted());
}

/** How a stage is trained: batches, time, optimizer, schedule, augmentation. */
export function course(stage: StageSpec): Readonly<Record<string, unknown>> {
  const { optimizer, schedule, validate } = stage;
  return {
    batch: stage.batch,
    micro: stage.micro,
    cached: stage.cached,
    mean: stage.mean,
    gather_gradient: stage.gatherGradient,
    duration: durationText(stage.duration),
    optimizer: optimizerProperties(optimizer),
    schedule: { ...schedule, warmup: durationText(schedule.warmup) },
    augment: stage.augment.map(augmentText),
    mix: stage.mix.map(augmentText),
    validate: validate === null ? null : durationText(validate.every),
    best: validate === null || validate.best === null ? null : spanText(validate.best.span),
    patience: validate?.patience ?? null,
    seed: stage.seed,
  };
}

/** `resized_crop(0.5..1)`. */
function augmentText({ kind, ...settings }: AugmentSpec | MixSpec): string {
  const numbers = (value: unknown): boolean => Array.isArray(value) && value.every((each) => typeof each === "number");
  const given = Object.values(settings).map((value: unknown) =>
    Array.isArray(value) ? value.join(numbers(value) ? ".." : ", ") : String(value),
  );
  return given.length === 0 ? kind : `${kind}(${given.join(", ")})`;
}

/** All settings by key; factors are shown with the tensors. */
function optimizerProperties(optimizer: OptimizerSpec): Readonly<Record<string, unknown>> {
  return asWritten(without(optimizer, ["factors"]));
}

function originText(from: OriginSpec, names: Names): string {
  if (from.kind === "scratch") return "scratch";
  if (from.kind === "stage") return `${names.stage(from.name)}${from.at === "best" ? " at best" : ""}`;
  const { path, layout, nest, drop, fresh, resize } = from;
  const rest = Object.entries({ drop, fresh, resize }).flatMap(([key, names]) =>
    names.length > 0 ? `${key}: ${names.join(", ")}` : [],
  );
  const named = nest === null ? "" : `, nest: "${nest}"`;
  return [`checkpoint("${path}", layout: ${layout}${named})`, ...rest].join(", ");
}

// ------------------------------------------------------------------------------------------------- tensors

type Status = "trained" | "frozen" | "unreached";

/** For every part of the model: what the stage does with its tensors, and the learning-rate factors. */
function tensorProperties(stage: StageSpec, names: Names): Property[] {
  const parts = new Map<string, ParameterSpec[]>();
  for (const parameter of parametersOf(stage.model, stage.heads)) {
    const path = rolePath(parameter.role);
    const part = path.startsWith("heads.") ? `heads.${names.head(path.slice("heads.".length))}` : path;
    parts.set(part, [...(parts.get(part) ?? []), parameter]);
  }
  return [...parts].flatMap(([part, held]): Property[] => [
    { group: "tensors", what: part, value: statusText(held, stage) },
    ...factorProperty(part, held, stage),
  ]);
}

function statusText(held: readonly ParameterSpec[], stage: StageSpec): string {
  const byStatus = new Map<Status, ParameterSpec[]>();
  for (const parameter of held) {
    const status = statusOf(parameter, stage);
    byStatus.set(status, [...(byStatus.get(status) ?? []), parameter]);
  }
  const [first = "none", ...others] = [...byStatus]
    .toSorted((a, b) => b[1].length - a[1].length)
    .map(([status]) => status);
  if (others.length === 0) return first;
  // By name and not by size, so that a wider model alone makes no difference here.
  const exceptions = others.map((status) => `${status}: ${whichText(byStatus.get(status) ?? [], held)}`);
  return [...exceptions, `the rest ${first}`].join("; ");
}

function statusOf({ name }: ParameterSpec, { trained, frozen }: StageSpec): Status {
  if (trained.has(name)) return "trained";
  return frozen.has(name) ? "frozen" : "unreached";
}

/** Some tensors of a part: as layers if whole layers are meant, else by name. */
function whichText(some: readonly ParameterSpec[], all: readonly ParameterSpec[]): string {
  const layers = [...new Set(some.map(({ role }) => roleLayer(role)))].filter((layer) => layer !== null);
  const whole = all.filter(({ role }) => layers.some((layer) => layer === roleLayer(role)));
  if (layers.length > 0 && whole.length === some.length) return layersText(layers);
  return some.map(({ name }) => name).join(", ");
}

function factorProperty(part: string, held: readonly ParameterSpec[], { optimizer }: StageSpec): Property[] {
  const factors = held.map(({ name }) => optimizer.factors.get(name) ?? 1);
  if (factors.every((factor) => factor === 1)) return [];
  const [first] = factors;
  const value = factors.every((factor) => factor === first)
    ? `${first}x`
    : factors.map((factor) => `${factor}x`).join(" ");
  return [{ group: "", what: `optimizer.factors.${part}`, value }];
}

// ----------------------------------------------------------------------------------------------- hand-over

function handOverProperties(plan: HandOverPlan | null, stage: StageSpec, names: Names): Property[] {
  const rows = stage.copies.map(({ to, from, row }): [string, string] => {
    const place = row === undefined ? "" : `[${row.to + 1}]`;
    return [`${to}${place}`, `copied from ${from}${row === undefined ? "" : `[${row.from + 1}]`}`];
  });
  if (plan === null) return rows.map(([what, value]): Property => ({ group: "hand-over", what, value }));
  const part = (name: string): string =>
    name.replace(/^heads\.(\w+)/, (_, head: string) => `heads.${names.head(head)}`);
  return [
    { group: "hand-over", what: "tensors kept", value: plan.kept },
    ...plan.resized.map(({ name, rule }): Property => ({ group: "hand-over", what: part(name), value: rule })),
    ...rows.map(([what, value]): Property => ({ group: "hand-over", what: part(what), value })),
    ...plan.newlyInitialised.map((name): Property => ({
      group: "hand-over",
      what: part(name),
      value: "newly initialised",
    })),
  ];
}
