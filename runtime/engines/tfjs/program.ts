// A graph prepared for tfjs, and how it is run.
import type { Tensor } from "@tensorflow/tfjs-core";
import {
  hostType,
  schedule,
  typeText,
  type Attributes,
  type Graph,
  type Node,
  type Step,
  type TensorType,
  type Value,
} from "../../../compiler/index.js";
import type { Handle, Handles } from "../engine.js";
import { expectType, inputsOf } from "../held.js";
import { inTurns } from "../../turns.js";
import type { Backend, Core } from "./backend.js";
import { vlmoError } from "../../errors/vlmo-error.js";
import { rules } from "./rules.js";
import type { Store } from "./store.js";
import type { Tools } from "./tools.js";

/** A graph with its constants on the backend. */
export interface Prepared {
  readonly core: Core;
  readonly graph: Graph;
  /** Operations in order, without constants. */
  readonly steps: readonly Step[];
  /** Constants are uploaded once, when the graph is loaded. */
  readonly constants: ReadonlyMap<Value, Tensor>;
}

interface AnyRule {
  readonly kernels: readonly string[];
  readonly compute: (
    tools: Tools,
    inputs: readonly Tensor[],
    context: { readonly attributes: Attributes; readonly type: TensorType },
  ) => Tensor;
}

/** Schedules a lowered graph and uploads its constants. Throws V966 if the backend lacks a kernel. */
export function prepare(graph: Graph, { core, id, description, tools }: Backend & { readonly tools: Tools }): Prepared {
  const steps = schedule(graph);
  const wanted = new Set(["Identity", "Reshape", ...steps.flatMap(({ node }) => ruleOf(node).kernels)]);
  const missing = [...wanted].filter((kernel) => core.getKernel(kernel, id) === undefined);
  if (missing.length > 0) {
    const reason = `${description} has no kernel ${missing.join(", ")}`;
    throw vlmoError("V966", { engine: "tfjs", reason }, { help: "choose another backend: cpu has all kernels" });
  }
  const constants = new Map<Value, Tensor>();
  for (const { node } of steps) {
    const [value] = node.outputs;
    if (node.op === "constant" && value !== undefined) constants.set(value, core.keep(compute(core, node, [], tools)));
  }
  return { core, graph, steps: steps.filter(({ node }) => node.op !== "constant"), constants };
}

function ruleOf({ op }: Node): AnyRule {
  if (!Object.hasOwn(rules, op)) throw new Error(`internal: the tfjs engine has no rule for ${op}`);
  // The type of a node's attributes was checked when the node was made; nodes hold them untyped.
  return rules[op as keyof typeof rules] as AnyRule;
}

interface RunContext {
  readonly inputs: Handles;
  readonly into: Handles;
  readonly store: Store;
  readonly activate: () => void;
  readonly tools: Tools;
}

/** One run. Intermediate tensors are freed after their last use. */
export async function runGraph(program: Prepared, context: RunContext): Promise<Handles> {
  const { graph, core, steps, constants } = program;
  const values = new Map<Value, Tensor>(constants);
  for (const { value, handle } of inputsOf(graph, context.inputs)) values.set(value, context.store.tensorOf(handle));
  for (const [name, value] of graph.outputs) expectType(context.into.get(name)?.type ?? value.type, value.type);
  const borrowed = new Set(values.values());
  try {
    // Kernels block the event loop.
    for await (const step of inTurns(steps)) {
      context.activate();
      perform(program, step, values, context.tools);
    }
    context.activate();
    return results(core, graph, values, { ...context, borrowed });
  } finally {
    // Results have been taken out: what is left after a failure.
    for (const tensor of values.values()) if (!borrowed.has(tensor)) tensor.dispose();
  }
}

function perform({ core, constants }: Prepared, { node, dead }: Step, values: Map<Value, Tensor>, tools: Tools): void {
  const [output] = node.outputs;
  if (output === undefined) throw new Error(`internal: ${node.op} has no output`);
  const inputs = node.inputs.map((value) => tensorOf(values, value));
  values.set(output, compute(core, node, inputs, tools));
  for (const value of dead) {
    if (constants.has(value)) continue;
    values.get(value)?.dispose();
    values.delete(value);
  }
}

function compute(core: Core, node: Node, inputs: readonly Tensor[], tools: Tools): Tensor {
  const [output] = node.outputs;
  if (output === undefined) throw new Error(`internal: ${node.op} has no output`);
  const {
    attributes,
    origin: { span },
  } = node;
  try {
    return core.tidy(() => ruleOf(node).compute(tools, inputs, { attributes, type: output.type }));
  } catch (cause) {
    if (cause instanceof Error && cause.message.startsWith("internal: ")) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    const what = `${node.op} to ${typeText(output.type)}: ${reason}`;
    throw vlmoError("V936", { engine: "tfjs", reason: what }, { span, cause });
  }
}

/** Outputs as handles. Inputs, constants and tensors under two names are cloned, which copies no elements. */
function results(
  core: Core,
  graph: Graph,
  values: Map<Value, Tensor>,
  { into, store, borrowed }: RunContext & { readonly borrowed: ReadonlySet<Tensor> },
): Handles {
  const owned = [...graph.outputs].map(([name, value]) => {
    const tensor = tensorOf(values, value);
    return { name, value, tensor: borrowed.has(tensor) ? core.clone(tensor) : tensor };
  });
  const given = new Set<Tensor>();
  return new Map<string, Handle>(
    owned.map(({ name, value, tensor }) => {
      const own = given.has(tensor) ? core.clone(tensor) : tensor;
      given.add(own);
      values.delete(value);
      const target = into.get(name);
      if (target === undefined) return [name, store.hold(hostType(value.type), own)];
      store.replace(target, own);
      return [name, target];
    }),
  );
}

function tensorOf(values: ReadonlyMap<Value, Tensor>, value: Value): Tensor {
  const tensor = values.get(value);
  if (tensor === undefined) throw new Error(`internal: ${value.node.op} ${typeText(value.type)} is not computed`);
  return tensor;
}
