// AdamW updates by PyTorch's own fused kernel: for many tensors at once, and in place if the caller asks for it.
import type { Graph, Node, Value } from "../../ir/graph.js";
import type { OpAttributes } from "../../ops/index.js";
import { at } from "../../ops/op.js";
import { exchangesEarly } from "./collectives.js";
import { number } from "./literals.js";
import type { Names, Statement } from "./statements.js";

function isUpdate({ op }: Node): boolean {
  return op === "adamw";
}

/** Operations of a graph, constants apart. */
export interface Order {
  readonly before: readonly Node[];
  readonly updates: readonly Node[];
  /** Operations that depend on the results of updates. */
  readonly after: readonly Node[];
}

/** Updates come after everything that can be computed without them. */
export function inOrder(graph: Graph): Order {
  const nodes = exchangesEarly(graph).filter(({ op }) => op !== "input" && op !== "constant");
  const after = new Set<Node>();
  for (const node of nodes) {
    if (node.inputs.some(({ node: from }) => isUpdate(from) || after.has(from))) after.add(node);
  }
  const others = nodes.filter((node) => !after.has(node));
  return {
    before: others.filter((node) => !isUpdate(node)),
    updates: others.filter(isUpdate),
    after: nodes.filter((node) => after.has(node)),
  };
}

/** Updates with the same settings are one statement. */
export function updating(graph: Graph, order: Order): Statement[] {
  const groups: Node[][] = [];
  for (const node of order.updates) {
    const group = groups.find((other) => keyOf(at(other, 0)).every((part, i) => part === keyOf(node)[i]));
    if (group === undefined) groups.push([node]);
    else group.push(node);
  }
  const place = placesIn(graph, order);
  return groups.map((group, i) => ({
    // No update runs before all exchanges have finished: if another process fails in a step, no part of that step is applied.
    reads: (i === 0 ? order.updates : group).flatMap(({ inputs }) => inputs),
    makes: group.flatMap(({ outputs }) => outputs),
    lines: (names) => linesOf(group, place, names),
  }));
}

/** Tensors that an update replaces: parameter and both moments. */
const replaced = 3;

function keyOf({ attributes, inputs }: Node): readonly unknown[] {
  return [JSON.stringify(attributes), ...inputs.slice(replaced + 1)];
}

/** Operations whose result may share the memory of their first input. */
const views: ReadonlySet<string> = new Set([
  "reshape",
  "transpose",
  "broadcastTo",
  "slice",
  "stopGradient",
  "cast",
  "sum",
]);

function ownerOf(value: Value): Value {
  const [first] = value.node.inputs;
  return first !== undefined && views.has(value.node.op) ? ownerOf(first) : value;
}

/**
 * By result of an update, the name of the output that it becomes, if it may be written in place: nothing reads the old
 * value afterwards.
 */
function placesIn(graph: Graph, { after }: Order): ReadonlyMap<Value, string> {
  const given = new Set(graph.inputs.map(({ value }) => value));
  const needed = new Set([...after.flatMap(({ inputs }) => inputs), ...graph.outputs.values()].map(ownerOf));
  return new Map(
    [...graph.outputs]
      .filter(([, { node, index }]) => {
        const before = isUpdate(node) ? node.inputs[index] : undefined;
        return before !== undefined && given.has(before) && !needed.has(before);
      })
      .map(([name, value]) => [value, name]),
  );
}

function linesOf(group: readonly Node[], place: ReadonlyMap<Value, string>, names: Names): string[] {
  const first = at(group, 0);
  const tensors = group.map(({ inputs, outputs }) =>
    outputs.map((output, i) => {
      const before = names.of(at(inputs, i));
      const name = place.get(output);
      const made = name === undefined ? `${before}.clone()` : `own(${before}, into.get(${JSON.stringify(name)}))`;
      return { name: names.bind(output), made };
    }),
  );
  const column = (i: number): string => `[${tensors.map((each) => at(each, i).name).join(", ")}]`;
  const gradients = group.map(({ inputs }) => `${names.of(at(inputs, replaced))}.contiguous()`);
  const [lr = "", correction1 = "", correction2 = ""] = first.inputs.slice(replaced + 1).map(names.of);
  // Nodes carry attributes untyped; they were checked when the node was made.
  const attributes = first.attributes as OpAttributes<"adamw">;
  const given = { attributes, lr, correction1, correction2 };
  const { step, rate, eps, decay, after } = variants[attributes.variant](given);
  const { beta1, beta2 } = attributes;
  const numbers = `beta1=${number(beta1)}, beta2=${number(beta2)}, weight_decay=${number(decay)}, eps=${number(eps)}`;
  return [
    ...tensors.flat().map(({ name, made }) => `${name} = ${made}`),
    `step = ${step}`,
    `torch._fused_adamw_(${column(0)}, [${gradients.join(", ")}], ${column(1)}, ${column(2)}, [], [step] * ${group.length}, lr=${rate}, ${numbers}, amsgrad=False, maximize=False)`,
    ...(after === null ? [] : [`torch._foreach_mul_(${column(0)}, ${after})`]),
  ];
}

interface Given {
  readonly attributes: OpAttributes<"adamw">;
  readonly lr: string;
  readonly correction1: string;
  readonly correction2: string;
}

/** The kernel's arguments, as Python expressions. */
interface Told {
  /** The step, from which the kernel computes the bias corrections. */
  readonly step: string;
  readonly rate: string;
  readonly eps: number;
  readonly decay: number;
  /** A factor that parameters are multiplied by after the update. */
  readonly after: string | null;
}

/** The formulas of ops/optimizer.ts in terms of the kernel's arguments. */
const variants = {
  // The step is recovered from the correction of the larger beta, which takes longer to reach 1; once it has, both are 1.
  torch: ({ attributes: { beta1, beta2, eps, weightDecay, factor }, lr, correction1, correction2 }) => {
    const [beta, correction] = beta1 > beta2 ? [beta1, correction1] : [beta2, correction2];
    const step = beta === 0 ? `torch.ones_like(${lr})` : `torch.log1p(-${correction}) / ${number(Math.log(beta))}`;
    return { step, rate: `${lr} * ${number(factor)}`, eps, decay: weightDecay, after: null };
  },
  // The corrections are in the learning rate; with an infinite step the kernel applies none of its own.
  hf: ({ attributes: { eps, weightDecay, factor }, lr, correction1, correction2 }) => ({
    step: `torch.full_like(${lr}, ${number(Infinity)})`,
    rate: `${lr} * ${number(factor)} * ${correction2}.sqrt() / ${correction1}`,
    eps,
    decay: 0,
    after: weightDecay === 0 ? null : `1 - ${lr} * ${number(factor * weightDecay)}`,
  }),
} satisfies Readonly<Record<OpAttributes<"adamw">["variant"], (given: Given) => Told>>;

/** Python functions that the lines call. */
export const updateHelper = [
  "def own(value, target):",
  '    """The memory that is updated: where the caller wants the result, if that is where the value is."""',
  "    return value if value is target else value.clone()",
];
