// Building blocks of a stage's programs: a context, the losses of its heads, their gradients, and passes.
import { createGraph, input, withinPart, withOrigin, type Graph, type Input, type Value } from "../ir/graph.js";
import type { TensorType } from "../ir/types.js";
import { lowerHead } from "../heads/index.js";
import type { HeadResult } from "../heads/head.js";
import { suffixAmong } from "../heads/masks.js";
import { add, scale } from "../ops/elementwise.js";
import { fill } from "../ops/structure.js";
import { differentiate } from "../passes/differentiate.js";
import { forwardPasses, nothing, programPasses, runPasses, type Without } from "../passes/index.js";
import { prefixes } from "../spec/inputs.js";
import type { ParameterSpec } from "../spec/parameter.js";
import type { HeadSpec, StageSpec } from "../spec/spec.js";
import { parametersOf } from "../spec/parameter-list.js";
import type { BuildContext, Extent, Sizes } from "./context.js";
import type { Program } from "./program.js";

/** An empty context. */
export function createContext(
  stage: StageSpec,
  sizes: Sizes,
  what: { readonly training: boolean; readonly extent?: Extent },
): BuildContext {
  const parameters = new Map(parametersOf(stage.model, stage.heads).map((entry) => [entry.name, entry]));
  const learnt = stage.learn.map(({ head }) => head);
  return {
    stage,
    model: stage.model,
    sizes,
    training: what.training,
    extent: what.extent ?? "whole",
    suffixOf: (head, want) => suffixAmong(head, learnt, want),
    parameters,
    inputs: new Map(),
    noise: new Map(),
    derivations: new Map(),
    gatherings: new Map(),
    counts: new Map(),
    ranges: new Map(),
    built: new Map(),
  };
}

/** Losses of a stage, built in one context. */
export interface Losses {
  readonly total: Value;
  readonly results: ReadonlyMap<string, HeadResult>;
}

/** Name of the graph of a stage's program, such as `pairs.step`. */
function graphName({ stage }: BuildContext, program: string): string {
  return `${stage.name}.${program}`;
}

/** The program that a graph belongs to (names of programs contain no dots). */
export function programName({ name }: Graph): string {
  return name.slice(name.lastIndexOf(".") + 1);
}

/** Optimises a program with these outputs; its facts are those of the inputs that are still read. */
export function finish(
  context: BuildContext,
  name: string,
  outputs: ReadonlyMap<string, Value>,
  without: Without = nothing,
): Program {
  const built = createGraph(graphName(context, name), [...context.inputs.values()], outputs);
  const graph = runPasses(built, programPasses, without);
  const read = new Set(graph.inputs.map((entry) => entry.name));
  const kept = <T>(map: ReadonlyMap<string, T>): Map<string, T> => new Map([...map].filter(([key]) => read.has(key)));
  return {
    graph,
    noise: kept(context.noise),
    derivations: kept(context.derivations),
    gatherings: kept(context.gatherings),
    counts: kept(context.counts),
    ranges: context.ranges,
  };
}

/** The same for outputs that are not differentiated. */
export function finishForward(context: BuildContext, name: string, outputs: ReadonlyMap<string, Value>): Program {
  const graph = createGraph(graphName(context, name), [...context.inputs.values()], outputs);
  return finish(context, name, runPasses(graph, forwardPasses(nothing)).outputs);
}

/** The losses of the heads that a stage learns (or of `only`), weighted and summed. */
export function lossesOf(context: BuildContext, full: boolean, only: readonly HeadSpec[] | null = null): Losses {
  const results = new Map<string, HeadResult>();
  const weighted: Value[] = [];
  for (const { head, weight, span } of context.stage.learn) {
    if (only !== null && !only.includes(head)) continue;
    withOrigin({ span }, () => {
      const result = withinPart(`heads/${head.name}`, head.span, () => lowerHead(context, head, full));
      results.set(head.name, result);
      weighted.push(scale(result.loss, weight));
    });
  }
  const sum = weighted.reduce<Value | null>((a, b) => (a === null ? b : add(a, b)), null);
  return { total: sum ?? fill(0), results };
}

/** Losses by the names of a program's outputs: `loss.HEAD`, `loss.total`. */
export function lossOutputs({ total: sum, results }: Losses): Map<string, Value> {
  const each = [...results].map(([name, { loss }]) => [`${prefixes.loss}${name}`, loss] as const);
  return new Map([...each, [`${prefixes.loss}total`, sum]]);
}

/**
 * Gradients of the trained parameters among `read`, the inputs of the losses as they were built; `seeds`: cotangents of
 * values besides the total loss.
 */
export function gradientsOf(
  context: BuildContext,
  read: readonly Input[],
  losses: ReadonlyMap<string, Value>,
  seeds: ReadonlyMap<Value, Value> = new Map(),
): Map<string, Value> {
  const loss = totalOf(losses);
  const trained = read.filter((entry) => entry.role === "parameter" && context.stage.trained.has(entry.name));
  const found = differentiate(
    new Map([[loss, fill(1)], ...seeds]),
    trained.map((entry) => entry.value),
  );
  // A parameter that no output depends on (an expert of tokens that no head reads) has a gradient of zeros.
  return new Map(trained.map(({ name, value }) => [name, found.get(value) ?? fill(0, value.type.shape)] as const));
}

/** The loss to minimise, among the outputs of a program. */
export function totalOf(losses: ReadonlyMap<string, Value>): Value {
  const loss = losses.get(`${prefixes.loss}total`);
  if (loss === undefined) throw new Error("internal: no total loss");
  return loss;
}

/** Trained parameters in the order of the parameter list. */
export function trainedNames(context: BuildContext): string[] {
  return [...context.parameters.keys()].filter((name) => context.stage.trained.has(name));
}

/** The parameter of that name. Throws an internal error where the stage has none. */
export function parameterOf(context: BuildContext, name: string): ParameterSpec {
  const spec = context.parameters.get(name);
  if (spec === undefined) throw new Error(`internal: no parameter ${name}`);
  return spec;
}

/** The float32 input of that name, declared at its first use. */
export function declared(
  context: BuildContext,
  name: string,
  role: Input["role"],
  { shape }: { shape: TensorType["shape"] },
): Value {
  const known = context.inputs.get(name) ?? input(name, role, { dtype: "float32", shape });
  context.inputs.set(name, known);
  return known.value;
}
