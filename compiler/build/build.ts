// From a checked stage to its programs. Nothing here is differentiated by hand: this builds the losses, the passes
// derive the gradients.
import { createGraph, withOrigin, type Value } from "../ir/graph.js";
import { isFused } from "../heads/index.js";
import { dividesPool } from "../heads/pools.js";
import { add } from "../ops/elementwise.js";
import { stateNames, stepScalars } from "../optimizers/index.js";
import { forwardPasses, nothing, runPasses, type Without } from "../passes/index.js";
import { prefixes } from "../spec/inputs.js";
import { throughTrunk } from "../spec/routing.js";
import type { FeatureSpec, HeadSpec, StageSpec, View } from "../spec/spec.js";
import type { BuildContext, Sizes } from "./context.js";
import { dividedGradient } from "./divided.js";
import { optimizerStep } from "./optimizer.js";
import {
  createContext,
  declared,
  finish,
  finishForward,
  gradientsOf,
  lossesOf,
  lossOutputs,
  parameterOf,
  trainedNames,
} from "./parts.js";
import type { Program } from "./program.js";
import { overRanks } from "./ranks.js";
import { assembled, ownShard, scattered, shardShape } from "./shards.js";
import { featureOf, fusedTokens, readingOf, statesOf } from "./trunk.js";

/** Features of the views that the stage's heads read (or of `views`): `image.cls`, `pair.pooled`, `text.layer.3`, … */
export function buildEncode(stage: StageSpec, sizes: Sizes, views: readonly View[] | null = null): Program {
  const context = createContext(stage, sizes, { training: false });
  return finishForward(context, "encode", features(context, views));
}

/** Features, logits of every position, losses and sums for validation; no noise, drop-path or dropout. */
export function buildForward(stage: StageSpec, sizes: Sizes, heads: readonly HeadSpec[] | null = null): Program {
  const context = createContext(stage, sizes, { training: false });
  const outputs = heads === null ? features(context, null) : new Map<string, Value>();
  const losses = lossesOf(context, heads === null, heads);
  for (const [name, result] of losses.results) {
    result.outputs.forEach((value, output) => outputs.set(`${name}.${output}`, value));
    result.sums.forEach((value, sum) => outputs.set(`${prefixes.sum}${name}.${sum}`, value));
  }
  return finishForward(context, "forward", new Map([...outputs, ...lossOutputs(losses)]));
}

/** Losses and the gradient of every trained parameter, as one micro-batch's share of the optimizer batch. */
export function buildGradient(stage: StageSpec, sizes: Sizes, without: Without = nothing): Program {
  const { context, losses, gradients } = shareOf(stage, sizes, without);
  const outputs = new Map([
    ...losses,
    ...[...gradients].map(([name, value]) => [`${prefixes.gradient}${name}`, value] as const),
  ]);
  return finish(context, "gradient", outputs, without);
}

/** One optimizer step: from parameters, gradients and state to the new parameters and state. */
export function buildUpdate(stage: StageSpec, sizes: Sizes): Program {
  const context = createContext(stage, sizes, { training: true });
  const gradients = new Map<string, Value>();
  for (const name of trainedNames(context)) {
    gradients.set(name, declared(context, `${prefixes.gradient}${name}`, "state", parameterOf(context, name)));
  }
  return finish(context, "update", updates(context, gradients, false));
}

/** Adds the gradients of one more micro-batch (`more.X`) to the sums so far (`grad.X`). */
export function buildAccumulate(stage: StageSpec, sizes: Sizes): Program {
  const context = createContext(stage, sizes, { training: true });
  const outputs = trainedNames(context).map((name) => {
    const spec = parameterOf(context, name);
    const [sum, more] = [
      declared(context, `${prefixes.gradient}${name}`, "state", spec),
      declared(context, `${prefixes.summand}${name}`, "state", spec),
    ];
    return [`${prefixes.gradient}${name}`, add(sum, more)] as const;
  });
  return finish(context, "accumulate", new Map(outputs));
}

/**
 * The gradient of an optimizer batch's last micro-batch, added to the sums of the others (`grad.X`), and the update:
 * several processes exchange gradients while they still compute the last of them.
 */
export function buildFinal(stage: StageSpec, sizes: Sizes): Program {
  const { context, losses, gradients } = shareOf(stage, sizes, nothing);
  const sums = new Map<string, Value>();
  for (const [name, more] of gradients) {
    sums.set(name, add(declared(context, `${prefixes.gradient}${name}`, "state", parameterOf(context, name)), more));
  }
  return finish(context, "final", new Map([...losses, ...updates(context, sums, true)]));
}

/** `gradient` and `update` in one program, for one device without accumulation. */
export function buildStep(stage: StageSpec, sizes: Sizes, without: Without = nothing): Program {
  const context = createContext(stage, sizes, { training: true });
  const { losses, gradients } = differentiated(context, without);
  const outputs = new Map([...losses, ...updates(context, gradients, !without.has("join-vectors"))]);
  return finish(context, "step", outputs, without);
}

interface Differentiated {
  readonly losses: ReadonlyMap<string, Value>;
  readonly gradients: ReadonlyMap<string, Value>;
}

/** Losses and gradients of one micro-batch's share of the optimizer batch. */
function shareOf(stage: StageSpec, sizes: Sizes, without: Without): Differentiated & { context: BuildContext } {
  const extent = dividesPool(stage) ? "shares" : "whole";
  const context = createContext(stage, sizes, { training: true, extent });
  return { context, ...(extent === "shares" ? dividedGradient : differentiated)(context, without) };
}

/**
 * Losses and gradients. The losses are rewritten first: what need not be computed need not be differentiated either.
 */
function differentiated(context: BuildContext, without: Without): Differentiated {
  const losses = lossOutputs(lossesOf(context, false));
  const graph = createGraph("losses", [...context.inputs.values()], losses);
  const { outputs } = runPasses(graph, forwardPasses(context.stage.trained), without);
  return { losses: overRanks(context, outputs), gradients: gradientsOf(context, graph.inputs, outputs) };
}

function updates(context: BuildContext, given: ReadonlyMap<string, Value>, joinVectors: boolean): Map<string, Value> {
  const { optimizer } = context.stage;
  const isSharded = (name: string): boolean => shardShape(context, parameterOf(context, name).shape) !== null;
  const of = (sharded: boolean) => new Map([...given].filter(([name]) => isSharded(name) === sharded));
  const gradients = new Map([...overRanks(context, of(false)), ...scattered(context, of(true))]);
  const parameters = trainedNames(context).map((name) => {
    const gradient = gradients.get(name);
    if (gradient === undefined) throw new Error(`internal: the checker calls ${name} reached, the graph does not`);
    const spec = parameterOf(context, name);
    const parameter = declared(context, name, "parameter", spec);
    const sharded = isSharded(name);
    const shape = shardShape(context, spec.shape) ?? spec.shape;
    return {
      name,
      parameter: sharded ? ownShard(context, parameter) : parameter,
      state: stateNames(optimizer, name).map((state) => declared(context, state, "state", { shape })),
      gradient,
      sharded,
      attributes: {
        weightDecay: spec.decay[optimizer.decay] ? optimizer.weightDecay : 0,
        factor: optimizer.factors.get(name) ?? 1,
      },
    };
  });
  const scalars = [...stepScalars(optimizer, 1).keys()].map((name) => [name, scalarInput(context, name)] as const);
  return withOrigin({ part: "optimizer" }, () => {
    const next = optimizerStep(parameters, { optimizer, scalars: Object.fromEntries(scalars), joinVectors });
    return new Map([...next, ...assembledParameters(context, next)]);
  });
}

/** The whole parameters after the step, all-gathered from the part that each process updated. */
function assembledParameters(context: BuildContext, next: ReadonlyMap<string, Value>): Map<string, Value> {
  const shapes = new Map(trainedNames(context).map((name) => [name, parameterOf(context, name).shape] as const));
  const parts = [...shapes].flatMap(([name, shape]): [string, Value][] => {
    const part = shardShape(context, shape) === null ? undefined : next.get(`${prefixes.next}${name}`);
    return part === undefined ? [] : [[name, part]];
  });
  const whole = assembled(context, new Map(parts), (name) => shapes.get(name) ?? []);
  return new Map([...whole].map(([name, value]) => [`${prefixes.next}${name}`, value]));
}

function scalarInput(context: BuildContext, name: string): Value {
  return declared(context, name, "scalar", { shape: [] });
}

const views: readonly View[] = ["image", "text", "pair"];

function features(context: BuildContext, only: readonly View[] | null): Map<string, Value> {
  const outputs = new Map<string, Value>();
  const samples = context.stage.learn.flatMap(({ head }) => head.features);
  for (const view of views.filter((entry) => (only ?? readViews(context.stage)).includes(entry))) {
    const sample = samples.find((feature) => feature.view === view);
    const feature: FeatureSpec = sample ?? {
      view,
      image: null,
      causal: false,
      part: "tokens",
      layer: null,
      span: context.model.span,
    };
    featureOutputs(context, feature).forEach((value, name) => outputs.set(name, value));
  }
  return outputs;
}

/** Views that some head of the stage reads through the trunk: none where the stage learns only a visual tokenizer. */
export function readViews({ learn }: Pick<StageSpec, "learn">): View[] {
  const read = learn.flatMap(({ head }) => throughTrunk(head).map((feature) => feature.view));
  return views.filter((view) => read.includes(view));
}

const parts = {
  image: ["cls", "patches", "tokens"],
  text: ["cls", "tokens"],
  pair: ["cls", "pooled", "text", "patches", "tokens"],
} as const satisfies Record<View, readonly FeatureSpec["part"][]>;

function featureOutputs(context: BuildContext, feature: FeatureSpec): Map<string, Value> {
  return withOrigin({ part: "features" }, () => outputsOf(context, feature));
}

function outputsOf(context: BuildContext, feature: FeatureSpec): Map<string, Value> {
  const { view } = feature;
  const outputs = new Map<string, Value>();
  for (const part of parts[view]) outputs.set(`${view}.${part}`, featureOf(context, { ...feature, part, layer: null }));
  const reading = readingOf(context, feature, null);
  statesOf(context, reading).forEach((state, layer) =>
    outputs.set(layer === 0 ? `${view}.embedded` : `${view}.layer.${layer}`, state),
  );
  const contrasts = context.stage.learn.some(({ head }) => isFused(head));
  if (view !== "pair" && contrasts) outputs.set(`${view}.fused_tokens`, fusedTokens(context, reading));
  return outputs;
}
