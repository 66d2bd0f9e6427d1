// A contrast over an optimizer batch that is processed in micro-batches (GradCache; Gao et al. 2021, arXiv:2101.06983):
// `vectors` computes the vectors of one micro-batch, without gradients; `pool` compares the vectors of the whole batch,
// mines hard negatives and computes the gradient with respect to each vector; `gradient` recomputes the vectors of a
// micro-batch with the same noise and backpropagates those gradients. Memory is that of one micro-batch plus the
// vectors.
import { createGraph, type Value } from "../ir/graph.js";
import { ruleOf } from "../heads/index.js";
import { contrastsWholeBatch, dividesPool } from "../heads/pools.js";
import { add } from "../ops/elementwise.js";
import { fill } from "../ops/structure.js";
import { differentiate } from "../passes/differentiate.js";
import { forwardPasses, runPasses, type Without } from "../passes/index.js";
import { prefixes } from "../spec/inputs.js";
import type { HeadSpec, StageSpec } from "../spec/spec.js";
import { named, parameter, type BuildContext, type Sizes } from "./context.js";
import {
  createContext,
  finish,
  finishForward,
  gradientsOf,
  lossesOf,
  lossOutputs,
  totalOf,
  type Losses,
} from "./parts.js";
import type { Program } from "./program.js";
import { overRanks } from "./ranks.js";

/** The vectors that `pool` compares, for one micro-batch, with the noise of training: `pool.HEAD.image`, … [B, D]. */
export function buildVectors(stage: StageSpec, sizes: Sizes): Program {
  const context = createContext(stage, sizes, { training: true, extent: "vectors" });
  return finishForward(context, "vectors", vectorsOf(context));
}

/**
 * From the vectors of all N samples: the contrastive losses, their gradients with respect to each vector and to the
 * parameters that only these losses read (`cotangent.NAME`), and the hard negatives of other heads.
 */
export function buildPool(stage: StageSpec, sizes: Sizes): Program {
  const { context, losses } = poolOf(stage, sizes);
  const total = totalOf(lossOutputs(losses));
  const targets = new Map<string, Value>();
  for (const [name, { value, role }] of context.inputs) {
    if (name.startsWith(prefixes.pool) || (role === "parameter" && stage.trained.has(name))) targets.set(name, value);
  }
  const found = differentiate(new Map([[total, fill(1)]]), [...targets.values()]);
  const outputs = new Map(overRanks(context, lossOutputs(losses)));
  for (const [name, value] of targets) {
    outputs.set(`${prefixes.cotangent}${name}`, found.get(value) ?? fill(0, value.type.shape));
  }
  for (const { head } of stage.learn) {
    ruleOf(head)
      .mined?.(context, head)
      .forEach((value, name) => outputs.set(name, value));
  }
  return finish(context, "pool", outputs);
}

/** Losses of the other heads, and the gradients of all parameters that a micro-batch contributes to. */
export function dividedGradient(
  context: BuildContext,
  without: Without,
): { losses: ReadonlyMap<string, Value>; gradients: ReadonlyMap<string, Value> } {
  const { stage } = context;
  const vectors = vectorsOf(context);
  const losses = lossOutputs(lossesOf(context, false, headsOf(stage, false)));
  const graph = createGraph("losses", [...context.inputs.values()], new Map([...losses, ...vectors]));
  const { outputs } = runPasses(graph, forwardPasses(stage.trained), without);
  const seeds = [...outputs].flatMap(([name, value]): [Value, Value][] =>
    vectors.has(name) ? [[value, cotangent(context, name, value)]] : [],
  );
  const gradients = gradientsOf(context, graph.inputs, outputs, new Map(seeds));
  for (const name of poolParameters(stage)) {
    const own = gradients.get(name);
    const given = cotangent(context, name, parameter(context, name));
    gradients.set(name, own === undefined ? given : add(own, given));
  }
  const own = new Map([...outputs].filter(([name]) => losses.has(name)));
  return { losses: overRanks(context, own), gradients };
}

/** The gradient computed by `pool`, as an input. */
function cotangent(context: BuildContext, name: string, { type: { shape } }: Value): Value {
  return named(context, `${prefixes.cotangent}${name}`, "batch", { dtype: "float32", shape });
}

/** Trained parameters that `pool` reads. */
function poolParameters(stage: StageSpec): string[] {
  const { context } = poolOf(stage, { batch: 2, capacity: new Map() });
  return [...context.inputs].flatMap(([name, { role }]) =>
    role === "parameter" && stage.trained.has(name) ? [name] : [],
  );
}

function poolOf(stage: StageSpec, sizes: Sizes): { context: BuildContext; losses: Losses } {
  if (!dividesPool(stage)) throw new Error(`internal: stage ${stage.name} has no pool to divide`);
  const context = createContext(stage, sizes, { training: true, extent: "pool" });
  return { context, losses: lossesOf(context, false, headsOf(stage, true)) };
}

function vectorsOf(context: BuildContext): Map<string, Value> {
  const vectors = new Map<string, Value>();
  for (const head of headsOf(context.stage, true)) {
    ruleOf(head)
      .vectors?.(context, head)
      .forEach((value, name) => vectors.set(`${prefixes.pool}${head.name}.${name}`, value));
  }
  return vectors;
}

/** The heads whose contrast spans the whole optimizer batch (`pooled`), or the others. */
function headsOf({ learn }: StageSpec, pooled: boolean): HeadSpec[] {
  return learn.map(({ head }) => head).filter((head) => contrastsWholeBatch(head) === pooled);
}
