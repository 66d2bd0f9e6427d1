// The plan of a specification, in numbers: parameters by part, what each stage trains and hands on, which expert
// processes which tokens in which layer, the pool of negatives, FLOPs. Plain data; text.ts writes it as text.
import { rolesText } from "../check/model/placement.js";
import type { Precision } from "../ir/precision.js";
import { stageHandOver, type HandOver } from "../spec/hand-over.js";
import { byRole, parameterGroups, parametersOf, ownHeads } from "../spec/parameter-list.js";
import { expertFor, layersOf, throughTrunk } from "../spec/routing.js";
import { contrasts, poolsOf } from "../heads/pools.js";
import { tokensOf } from "../spec/geometry.js";
import { rolePath, totalOf } from "../spec/parameter.js";
import type { HeadSpec, ModelSpec, OriginSpec, Spec, StageSpec, View } from "../spec/spec.js";
import type { Duration } from "../spec/duration.js";
import { sharesOf } from "../spec/mixture.js";
import { inSteps } from "../spec/durations.js";
import { countNamed } from "./counts.js";
import { estimateOf, trainingFlops, type EstimateOptions, type EstimatePlan } from "./estimate.js";
import { stageFlops, viewFlops } from "./flops.js";
import { fitOf, memoryOf, type FitPlan, type MemoryPlan } from "./memory.js";

/** Parameters of a part of the model, by what a stage does with them. */
export interface PartPlan {
  readonly part: string;
  readonly parameters: number;
  readonly trained: number;
  readonly frozen: number;
  readonly unreached: number;
}

/** The expert for each modality of a view, over a run of layers; null if the view has no such tokens. */
export interface RoutePlan {
  readonly layers: readonly [from: number, to: number];
  readonly text: string | null;
  readonly image: string | null;
}

/** The cost of a view. */
export interface ViewPlan {
  readonly view: View;
  readonly tokens: number;
  /** FLOPs of one forward pass of one sample. */
  readonly flops: number;
  readonly routes: readonly RoutePlan[];
}

/** A model as declared, before any stage's `with`. */
export interface ModelPlan {
  readonly name: string;
  readonly layers: number;
  readonly width: number;
  /** Trunk and embeddings, without heads. */
  readonly parameters: number;
  readonly parts: readonly { readonly part: string; readonly parameters: number }[];
  readonly views: readonly ViewPlan[];
}

/** What a stage takes over from the one before, as numbers of tensors, and by name for those that change. */
export interface HandOverPlan {
  readonly from: string;
  /** The predecessor's last step, or its best one. */
  readonly at: "end" | "best";
  readonly kept: number;
  readonly resized: readonly { readonly name: string; readonly rule: string }[];
  readonly copied: readonly { readonly name: string; readonly from: string }[];
  /** Parts that are new, and single tensors whose shape changed before any stage trained them. */
  readonly newlyInitialised: readonly string[];
  /** Tensors of the previous stage that this one does not hold, in words; null if there are none. */
  readonly leftBehind: string | null;
}

/** A file that a stage is initialised from; its content is known only when it is read. */
export type CheckpointPlan = Omit<Extract<OriginSpec, { kind: "checkpoint" }>, "kind" | "span" | "freshTensors">;

/** A stage with its model after `with`, its heads and what it takes over. */
export interface StagePlan {
  readonly name: string;
  readonly word: StageSpec["word"];
  readonly model: string;
  readonly data: readonly string[];
  /** The share of each data block in a mixture; null if all items are equally frequent. */
  readonly mixture: readonly number[] | null;
  readonly learn: readonly { readonly head: string; readonly kind: HeadSpec["kind"]; readonly weight: number }[];
  readonly duration: Duration;
  /** Optimizer steps; null if the number of steps per epoch is known only at run time. */
  readonly steps: number | null;
  readonly batch: number;
  readonly micro: number;
  readonly parameters: {
    /** Without heads. */
    readonly trunk: number;
    /** Of the heads the stage learns. */
    readonly heads: number;
    /** Both together. */
    readonly total: number;
    /** Of heads that are kept for later stages, unused here. */
    readonly carried: number;
  };
  readonly trained: number;
  readonly frozen: number;
  readonly unreached: number;
  readonly parts: readonly PartPlan[];
  readonly views: readonly ViewPlan[];
  readonly pools: readonly { readonly head: string; readonly pairs: number }[];
  /** Settings other than the default that have no effect in the planned training. */
  readonly withoutEffect: readonly { readonly setting: string; readonly reason: string }[];
  readonly handOver: HandOverPlan | null;
  /** The file it is initialised from, if any. */
  readonly checkpoint: CheckpointPlan | null;
  /** Forward FLOPs of one sample, all passes and heads. */
  readonly flops: number;
  /** FLOPs of an optimizer step by the usual count: three times the forward pass of every sample. */
  readonly flopsStep: number;
  /** Memory of a training step with micro-batches of `micro`. */
  readonly memory: MemoryPlan;
  /** Present if a memory budget was given. */
  readonly fit: FitPlan | null;
  /** Present if a device was given. */
  readonly estimate: EstimatePlan | null;
}

/** Conditions of a plan besides the file. */
export interface PlanOptions {
  /** The precision; float32 by default. */
  readonly precision?: Precision;
  /** Memory budget of a training step in bytes. */
  readonly memory?: number;
  readonly device?: EstimateOptions;
}

/** What `vlmo plan` prints, also as JSON. */
export interface Plan {
  readonly models: readonly ModelPlan[];
  readonly stages: readonly StagePlan[];
}

/** The plan of a checked specification. */
export function planOf(spec: Spec, options: PlanOptions = {}): Plan {
  return {
    models: [...spec.models.values()].map(planModel),
    stages: [...spec.stages.values()].map((stage) => planStage(stage, spec, options)),
  };
}

/** The plan of one model. */
export function planModel(model: ModelSpec): ModelPlan {
  const groups = parameterGroups(model, []);
  const views = (["image", "text", "pair"] as const).filter((view) => runs(model, view));
  return {
    name: model.name,
    layers: model.layers,
    width: model.width,
    parameters: totalOf(groups),
    parts: [...byRole(groups)].map(([part, held]) => ({ part, parameters: totalOf(held) })),
    views: views.map((view) => planView(model, view)),
  };
}

/** Whether every layer has an expert for every token of a view. */
function runs(model: ModelSpec, view: View): boolean {
  const { text, image } = tokensOf(model, view);
  if ((view !== "image" && text === 0) || (view !== "text" && image === 0)) return false;
  return layersOf(model).every((layer) => {
    const route = expertFor(model, view, layer);
    return (text === 0 || route.text !== null) && (image === 0 || route.image !== null);
  });
}

function planView(model: ModelSpec, view: View): ViewPlan {
  const { text, image } = tokensOf(model, view);
  const routes: RoutePlan[] = [];
  for (const layer of layersOf(model)) {
    const route = expertFor(model, view, layer);
    const [toText, toImage] = [route.text?.name ?? null, route.image?.name ?? null];
    const last = routes.at(-1);
    if (last !== undefined && last.text === toText && last.image === toImage) {
      routes[routes.length - 1] = { ...last, layers: [last.layers[0], layer] };
    } else routes.push({ layers: [layer, layer], text: toText, image: toImage });
  }
  return { view, tokens: text + image, flops: viewFlops(model, view), routes };
}

/** The plan of one stage of a specification. */
export function planStage(
  stage: StageSpec,
  spec: Spec,
  { precision = "float32", memory, device }: PlanOptions = {},
): StagePlan {
  const all = parameterGroups(stage.model, stage.heads);
  const trunk = totalOf(parameterGroups(stage.model, []));
  const total = totalOf(parameterGroups(stage.model, ownHeads(stage)));
  const views = new Set(stage.learn.flatMap(({ head }) => throughTrunk(head).map(({ view }) => view)));
  const flops = stageFlops(stage.model, stage.learn);
  return {
    name: stage.name,
    word: stage.word,
    model: stage.model.name,
    data: stage.data.map(({ name }) => name),
    mixture: stage.weights && sharesOf(stage.weights),
    learn: stage.learn.map(({ head, weight }) => ({ head: head.name, kind: head.kind, weight })),
    duration: stage.duration,
    steps: inSteps(stage.duration, stage),
    batch: stage.batch,
    micro: stage.micro,
    parameters: { trunk, heads: total - trunk, total, carried: totalOf(all) - total },
    trained: countNamed(all, stage.trained),
    frozen: countNamed(all, stage.frozen),
    unreached: countNamed(all, stage.unreached),
    parts: [...byRole(all)].map(([part, held]) => ({
      part,
      parameters: totalOf(held),
      trained: countNamed(held, stage.trained),
      frozen: countNamed(held, stage.frozen),
      unreached: countNamed(held, stage.unreached),
    })),
    views: [...views].map((view) => planView(stage.model, view)),
    pools: poolsOf(stage),
    withoutEffect: withoutEffect(stage),
    handOver: planHandOver(stage, spec),
    checkpoint: planCheckpoint(stage.from),
    flops,
    flopsStep: trainingFlops(stage) * stage.batch,
    memory: memoryOf(stage, precision),
    fit: memory === undefined ? null : fitOf(stage, precision, memory),
    estimate: device === undefined ? null : estimateOf(stage, device, precision),
  };
}

/**
 * In the original each process holds a part of the batch and gathers the rest; the planned training runs in one
 * process, which holds all of it.
 */
function withoutEffect({ gatherGradient, learn }: StageSpec): StagePlan["withoutEffect"] {
  // `check` warns of a stage without a contrast.
  if (gatherGradient === "global" || !learn.some(({ head }) => contrasts(head))) return [];
  const reason = "a single process gathers no features; those of `train --devices` do";
  return [{ setting: "gather_gradient: local", reason }];
}

function planCheckpoint(from: OriginSpec): CheckpointPlan | null {
  if (from.kind !== "checkpoint") return null;
  const { path, layout, nest, drop, fresh, resize } = from;
  return { path, layout, nest, drop, fresh, resize };
}

function planHandOver(stage: StageSpec, spec: Spec): HandOverPlan | null {
  const handed = stageHandOver(stage, spec);
  if (handed === null) return null;
  const { before, fates, leftBehind } = handed;
  const copied = new Set(stage.copies.map(({ to }) => to));
  const rowText = (row: number | undefined): string => (row === undefined ? "" : `[${row + 1}]`);
  const roles = new Map(parametersOf(stage.model, stage.heads).map(({ name, role }) => [name, rolePath(role)]));
  const rest = [...fates].filter(([name]) => !copied.has(name));
  const having = (...how: HandOver["how"][]): string[] =>
    rest.filter(([, fate]) => how.includes(fate.how)).map(([name]) => name);
  return {
    from: before.name,
    at: stage.from.kind === "stage" ? stage.from.at : "end",
    kept: having("kept").length,
    resized: rest.flatMap(([name, fate]) => (fate.how === "resized" ? [{ name, rule: fate.rule }] : [])),
    copied: stage.copies.map(({ to, from, row }) => ({
      name: `${to}${rowText(row?.to)}`,
      from: `${from}${rowText(row?.from)}`,
    })),
    newlyInitialised: [...new Set(having("new").map((name) => roles.get(name) ?? name)), ...having("reset")],
    leftBehind: leftBehind.length === 0 ? null : rolesText(leftBehind),
  };
}
