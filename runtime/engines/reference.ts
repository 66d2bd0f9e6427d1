// The reference engine: every primitive as plain loops in float64. It is the oracle of the conformance tests and runs
// small graphs anywhere; it is not meant to train with.
import {
  hostType,
  lower,
  targets,
  typeText,
  schedule,
  type Attributes,
  type CollectiveName,
  type Graph,
  type HostType,
  type Node,
  type Precision,
  type Rank,
  type Step,
  type TensorType,
  type Value,
} from "../../compiler/index.js";
import { arrays, type Tensor } from "../tensor.js";
import { turns } from "../turns.js";
import type { Engine, Executable, Handle, Handles } from "./engine.js";
import { expectElements, expectType, inputsOf, keptFor } from "./held.js";
import { roundToBfloat16 } from "./reference/bfloat16.js";
import { collectiveRules } from "./reference/collectives.js";
import { meetingOf, type Meet } from "./reference/meeting.js";
import { rules } from "./reference/rules.js";
import type { Operand, Data } from "./reference/layout.js";

/** Opens the reference engine. float32 results are read as Float64Array; bfloat16 is emulated by rounding. */
export function createReference(precision: Precision = "float32"): Engine {
  return create(null, precision);
}

/** Engines for the ranks of one training in a single process: a run on one waits for the runs on the others. */
export function createReferenceRanks(ranks: number): Engine[] {
  const meet = meetingOf(ranks);
  return Array.from({ length: ranks }, (_, rank) => create({ rank, ranks, meet }, "float32"));
}

/** A rank, and how it exchanges values with the others. */
interface Seat extends Rank {
  readonly meet: Meet;
}

function create(seat: Seat | null, precision: Precision): Engine {
  // Arrays are replaced, never written to: several values may share one.
  const held = new Map<Handle, Data>();
  const dataOf = (handle: Handle): Data => keptFor(held, handle);
  const hold = (type: HostType, data: Data): Handle => {
    const handle: Handle = { type };
    held.set(handle, data);
    return handle;
  };
  return {
    name: "reference",
    description: `reference (float64 loops${precision === "float32" ? "" : `, ${precision}`})`,
    precision,
    busyThreads: 1,
    ...(seat !== null && { ranks: { ...seat, exchange: (numbers) => seat.meet(seat.rank, numbers) } }),
    load: async (graph) => load(lower(graph, targets.reference, precision), { held, hold, dataOf }, seat),
    create: (tensor) => hold({ dtype: tensor.dtype, shape: tensor.shape }, elements(tensor)),
    write: (handle, tensor) => {
      dataOf(handle);
      expectType(handle.type, tensor);
      held.set(handle, elements(tensor));
    },
    read: async (handle) => ({ ...handle.type, data: dataOf(handle).slice() }),
    release: (handle) => void held.delete(handle),
    dispose: () => held.clear(),
  };
}

interface Store {
  readonly held: Map<Handle, Data>;
  readonly hold: (type: HostType, data: Data) => Handle;
  readonly dataOf: (handle: Handle) => Data;
}

function load(lowered: Graph, store: Store, seat: Seat | null): Executable {
  const steps = schedule(lowered);
  return {
    run: async (inputs, into = new Map()) => {
      const values = new Map<Value, Data>();
      for (const { value, handle } of inputsOf(lowered, inputs)) values.set(value, store.dataOf(handle));
      const rest = turns();
      for (const step of steps) {
        if (isCollective(step.node)) await join(step, values, seat);
        else compute(step, values);
        const turn = rest();
        if (turn !== null) await turn;
      }
      return results(lowered, values, into, store);
    },
    dispose: () => undefined,
  };
}

function compute({ node, dead }: Step, values: Map<Value, Data>): void {
  const operands = node.inputs.map((value): Operand => ({ type: value.type, data: elementsOf(values, value) }));
  const [output] = node.outputs;
  if (output === undefined) throw new Error(`internal: ${node.op} has no output`);
  const result = ruleOf(node)(operands, node.attributes, output.type);
  values.set(output, output.type.dtype === "bfloat16" ? roundToBfloat16(Float64Array.from(result)) : result);
  dead.forEach((value) => values.delete(value));
}

/** A collective, which all ranks execute together. */
async function join({ node, dead }: Step, values: Map<Value, Data>, seat: Seat | null): Promise<void> {
  if (seat === null || !isCollective(node)) throw new Error(`internal: ${node.op} in a program of one process`);
  const brought = node.inputs.map((value) => elementsOf(values, value));
  const all = await seat.meet(seat.rank, brought);
  node.outputs.forEach((value, i) => {
    const of = all.map((each) => elementsAt(each, i));
    values.set(value, collectiveRules[node.op](of, seat.rank, value.type));
  });
  dead.forEach((value) => values.delete(value));
}

function isCollective(node: Node): node is Node & { readonly op: CollectiveName } {
  return Object.hasOwn(collectiveRules, node.op);
}

function elementsAt(list: readonly Data[], i: number): Data {
  const data = list[i];
  if (data === undefined) throw new Error(`internal: a rank brings ${list.length} tensors`);
  return data;
}

function ruleOf({ op }: Node): (inputs: readonly Operand[], attributes: Attributes, type: TensorType) => Data {
  if (!Object.hasOwn(rules, op)) throw new Error(`internal: the reference engine has no rule for ${op}`);
  // The type of a node's attributes was checked when the node was made; nodes hold them untyped.
  return rules[op as keyof typeof rules] as ReturnType<typeof ruleOf>;
}

function results(graph: Graph, values: ReadonlyMap<Value, Data>, into: Handles, store: Store): Handles {
  return new Map(
    [...graph.outputs].map(([name, value]) => {
      const data = elementsOf(values, value);
      const target = into.get(name);
      if (target === undefined) return [name, store.hold(hostType(value.type), data)];
      expectType(target.type, value.type);
      store.held.set(target, data);
      return [name, target];
    }),
  );
}

function elementsOf(values: ReadonlyMap<Value, Data>, value: Value): Data {
  const data = values.get(value);
  if (data === undefined) throw new Error(`internal: ${value.node.op} ${typeText(value.type)} is not computed`);
  return data;
}

/** The numbers of a tensor, copied to this engine's element type. */
function elements(tensor: Tensor): Data {
  expectElements(tensor);
  const { dtype, data } = tensor;
  return dtype === "float32" ? new Float64Array(data) : new arrays[dtype](data);
}
