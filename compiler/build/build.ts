// From a checked stage to its programs. Nothing here is differentiated by hand: the losses are built, the passes do the rest.
import { createGraph, input, withOrigin, type Input, type Value } from "../ir/graph.js";
import type { TensorType } from "../ir/types.js";
import { lowerHead, ruleOf } from "../heads/index.js";
import type { HeadResult } from "../heads/head.js";
import { add, scale } from "../ops/elementwise.js";
import { fill } from "../ops/structure.js";
import { stateNames, stepScalars } from "../optimizers/index.js";
import { differentiate } from "../passes/differentiate.js";
import { forwardPasses, nothing, programPasses, runPasses, type Without } from "../passes/index.js";
import { prefixes } from "../spec/inputs.js";
import type { ParameterSpec } from "../spec/parameter.js";
import type { FeatureSpec, HeadSpec, StageSpec, View } from "../spec/spec.js";
import { parametersOf } from "../spec/parameter-list.js";
import type { BuildContext, Sizes } from "./context.js";
import { optimizerStep } from "./optimizer.js";
import type { Program } from "./program.js";
import { featureOf, fusedTokens, readingOf, statesOf } from "./trunk.js";

/** A context without anything built in it. */
function createContext(stage: StageSpec, sizes: Sizes, training: boolean): BuildContext {
  const parameters = new Map(parametersOf(stage.model, stage.heads).map((entry) => [entry.name, entry]));
  return {
    stage,
    model: stage.model,
    sizes,
    training,
    parameters,
    inputs: new Map(),
    noise: new Map(),
    derivations: new Map(),
    counts: new Map(),
    ranges: new Map(),
    built: new Map(),
  };
}

/** Losses of a stage in one context. */
interface Losses {
  readonly total: Value;
  readonly results: ReadonlyMap<string, HeadResult>;
}

/** Features of the views that the stage's heads read (or of `views`): `image.cls`, `pair.pooled`, `text.layer.3`, … */
export function buildEncode(stage: StageSpec, sizes: Sizes, views: readonly View[] | null = null): Program {
  const context = createContext(stage, sizes, false);
  return finishForward(context, `${stage.name}.encode`, features(context, views));
}

/** Features, logits of every position, losses and sums for validation; no noise, nothing dropped. */
export function buildForward(stage: StageSpec, sizes: Sizes, heads: readonly HeadSpec[] | null = null): Program {
  const context = createContext(stage, sizes, false);
  const outputs = heads === null ? features(context, null) : new Map<string, Value>();
  const losses = lossesOf(context, heads === null, heads);
  for (const [name, result] of losses.results) {
    result.outputs.forEach((value, output) => outputs.set(`${name}.${output}`, value));
    result.sums.forEach((value, sum) => outputs.set(`${prefixes.sum}${name}.${sum}`, value));
  }
  return finishForward(context, `${stage.name}.forward`, new Map([...outputs, ...lossOutputs(losses)]));
}

/** Losses and the gradient of every trained parameter, as this run's share of the optimizer batch. */
export function buildGradient(stage: StageSpec, sizes: Sizes, without: Without = nothing): Program {
  const context = createContext(stage, sizes, true);
  const { losses, gradients } = differentiated(context, without);
  const outputs = new Map([
    ...losses,
    ...[...gradients].map(([name, value]) => [`${prefixes.gradient}${name}`, value] as const),
  ]);
  return finish(context, `${stage.name}.gradient`, outputs, without);
}

/** One optimizer step: parameters, gradients and state to parameters' and state'. */
export function buildUpdate(stage: StageSpec, sizes: Sizes): Program {
  const context = createContext(stage, sizes, true);
  const gradients = new Map<string, Value>();
  for (const name of trainedNames(context)) {
    gradients.set(name, declared(context, `${prefixes.gradient}${name}`, "state", parameterOf(context, name)));
  }
  return finish(context, `${stage.name}.update`, updates(context, gradients, false));
}

/** Adds the gradients of one more micro-batch (`more.X`) to the sums so far (`grad.X`). */
export function buildAccumulate(stage: StageSpec, sizes: Sizes): Program {
  const context = createContext(stage, sizes, true);
  const outputs = trainedNames(context).map((name) => {
    const spec = parameterOf(context, name);
    const [sum, more] = [
      declared(context, `${prefixes.gradient}${name}`, "state", spec),
      declared(context, `${prefixes.summand}${name}`, "state", spec),
    ];
    return [`${prefixes.gradient}${name}`, add(sum, more)] as const;
  });
  return finish(context, `${stage.name}.accumulate`, new Map(outputs));
}

/** `gradient` and `update` in one program, for one device without accumulation. */
export function buildStep(stage: StageSpec, sizes: Sizes, without: Without = nothing): Program {
  const context = createContext(stage, sizes, true);
  const { losses, gradients } = differentiated(context, without);
  const outputs = new Map([...losses, ...updates(context, gradients, !without.has("join-vectors"))]);
  return finish(context, `${stage.name}.step`, outputs, without);
}

/** Losses and gradients. The losses are rewritten first: what need not be computed need not be differentiated. */
function differentiated(
  context: BuildContext,
  without: Without,
): { losses: ReadonlyMap<string, Value>; gradients: ReadonlyMap<string, Value> } {
  const losses = lossOutputs(lossesOf(context, false));
  const graph = createGraph("losses", [...context.inputs.values()], losses);
  const { outputs } = runPasses(graph, forwardPasses(context.stage.trained), without);
  return { losses: outputs, gradients: gradientsOf(context, graph.inputs, outputs) };
}

function finish(
  context: BuildContext,
  name: string,
  outputs: ReadonlyMap<string, Value>,
  without: Without = nothing,
): Program {
  const built = createGraph(name, [...context.inputs.values()], outputs);
  const graph = runPasses(built, programPasses, without);
  const read = new Set(graph.inputs.map((entry) => entry.name));
  const kept = <T>(map: ReadonlyMap<string, T>): Map<string, T> => new Map([...map].filter(([key]) => read.has(key)));
  return {
    graph,
    noise: kept(context.noise),
    derivations: kept(context.derivations),
    counts: kept(context.counts),
    ranges: context.ranges,
  };
}

function finishForward(context: BuildContext, name: string, outputs: ReadonlyMap<string, Value>): Program {
  const graph = createGraph(name, [...context.inputs.values()], outputs);
  return finish(context, name, runPasses(graph, forwardPasses(nothing)).outputs);
}

function lossesOf(context: BuildContext, full: boolean, only: readonly HeadSpec[] | null = null): Losses {
  const results = new Map<string, HeadResult>();
  const weighted: Value[] = [];
  for (const { head, weight, span } of context.stage.learn) {
    if (only !== null && !only.includes(head)) continue;
    withOrigin(span, () => {
      const result = withOrigin(head.span, () => lowerHead(context, head, full));
      results.set(head.name, result);
      weighted.push(scale(result.loss, weight));
    });
  }
  const sum = weighted.reduce<Value | null>((a, b) => (a === null ? b : add(a, b)), null);
  return { total: sum ?? fill(0), results };
}

function lossOutputs({ total: sum, results }: Losses): Map<string, Value> {
  const each = [...results].map(([name, { loss }]) => [`${prefixes.loss}${name}`, loss] as const);
  return new Map([...each, [`${prefixes.loss}total`, sum]]);
}

/** Gradients of the trained parameters among `read`, the inputs of the losses as they were built. */
function gradientsOf(
  context: BuildContext,
  read: readonly Input[],
  losses: ReadonlyMap<string, Value>,
): Map<string, Value> {
  const loss = losses.get(`${prefixes.loss}total`);
  if (loss === undefined) throw new Error("internal: no total loss");
  const trained = read.filter((entry) => entry.role === "parameter" && context.stage.trained.has(entry.name));
  const found = differentiate(
    new Map([[loss, fill(1)]]),
    trained.map((entry) => entry.value),
  );
  // A parameter that acts on nothing that is read (an expert of tokens that no head looks at) has a gradient of zeros.
  return new Map(trained.map(({ name, value }) => [name, found.get(value) ?? fill(0, value.type.shape)] as const));
}

/** Trained parameters in the order of the parameter list. */
function trainedNames(context: BuildContext): string[] {
  return [...context.parameters.keys()].filter((name) => context.stage.trained.has(name));
}

function updates(
  context: BuildContext,
  gradients: ReadonlyMap<string, Value>,
  joinVectors: boolean,
): Map<string, Value> {
  const { optimizer } = context.stage;
  const parameters = trainedNames(context).map((name) => {
    const gradient = gradients.get(name);
    if (gradient === undefined) throw new Error(`internal: the checker calls ${name} reached, the graph does not`);
    const spec = parameterOf(context, name);
    return {
      name,
      parameter: declared(context, name, "parameter", spec),
      state: stateNames(optimizer, name).map((state) => declared(context, state, "state", spec)),
      gradient,
      attributes: {
        weightDecay: spec.decay[optimizer.decay] ? optimizer.weightDecay : 0,
        factor: optimizer.factors.get(name) ?? 1,
      },
    };
  });
  const scalars = [...stepScalars(optimizer, 1).keys()].map((name) => [name, scalarInput(context, name)] as const);
  return optimizerStep(parameters, { optimizer, scalars: Object.fromEntries(scalars), joinVectors });
}

function parameterOf(context: BuildContext, name: string): ParameterSpec {
  const spec = context.parameters.get(name);
  if (spec === undefined) throw new Error(`internal: no parameter ${name}`);
  return spec;
}

function declared(
  context: BuildContext,
  name: string,
  role: Input["role"],
  { shape }: { shape: TensorType["shape"] },
): Value {
  const known = context.inputs.get(name) ?? input(name, role, { dtype: "float32", shape });
  context.inputs.set(name, known);
  return known.value;
}

function scalarInput(context: BuildContext, name: string): Value {
  return declared(context, name, "scalar", { shape: [] });
}

const views: readonly View[] = ["image", "text", "pair"];

/** Every feature of the views asked for. */
function features(context: BuildContext, only: readonly View[] | null): Map<string, Value> {
  const outputs = new Map<string, Value>();
  const samples = context.stage.learn.flatMap(({ head }) => head.features);
  for (const view of views.filter((entry) => (only ?? readViews(context)).includes(entry))) {
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

/** Views that some head of the stage reads. */
function readViews(context: BuildContext): View[] {
  const read = context.stage.learn.flatMap(({ head }) => head.features.map((feature) => feature.view));
  return views.filter((view) => read.includes(view));
}

const parts = {
  image: ["cls", "patches", "tokens"],
  text: ["cls", "tokens"],
  pair: ["cls", "pooled", "text", "patches", "tokens"],
} as const satisfies Record<View, readonly FeatureSpec["part"][]>;

function featureOutputs(context: BuildContext, feature: FeatureSpec): Map<string, Value> {
  const { view } = feature;
  const outputs = new Map<string, Value>();
  for (const part of parts[view]) outputs.set(`${view}.${part}`, featureOf(context, { ...feature, part, layer: null }));
  const reading = readingOf(context, feature, null);
  statesOf(context, reading).forEach((state, layer) =>
    outputs.set(layer === 0 ? `${view}.embedded` : `${view}.layer.${layer}`, state),
  );
  const contrasts = context.stage.learn.some(({ head }) => ruleOf(head).fused?.(head) === true);
  if (view !== "pair" && contrasts) outputs.set(`${view}.fused_tokens`, fusedTokens(context, reading));
  return outputs;
}
