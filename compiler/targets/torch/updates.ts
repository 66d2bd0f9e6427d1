// The updates of AdamW by PyTorch's own fused kernel: of many tensors at once, and in place where the caller wants the
// results where the tensors are.
import type { Graph, Node, Value } from "../../ir/graph.js";
import type { OpAttributes } from "../../ops/index.js";
import { at } from "../../ops/op.js";
import { exchangesEarly } from "./collectives.js";
import { number } from "./literals.js";
import type { Names, Statement } from "./statements.js";

function isUpdate({ op }: Node): boolean {
  return op === "adamw";
}

/** What a graph computes, constants apart. */
export interface Order {
  readonly before: readonly Node[];
  readonly updates: readonly Node[];
  /** What needs the results of updates. */
  readonly after: readonly Node[];
}

/** Updates come after all that can be computed without them. */
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

/** Those with the same settings are one statement. */
export function updating(graph: Graph, order: Order): Statement[] {
  const groups: Node[][] = [];
  for (const node of order.updates) {
    const group = groups.find((other) => keyOf(at(other, 0)).every((part, i) => part === keyOf(node)[i]));
    if (group === undefined) groups.push([node]);
    else group.push(node);
  }
  const place = placesIn(graph, order);
  return groups.map((group, i) => ({
    // Nothing is updated before all that other processes send is there: of a step that one of them leaves nothing is taken.
    reads: (i === 0 ? order.updates : group).flatMap(({ inputs }) => inputs),
    makes: group.flatMap(({ outputs }) => outputs),
    lines: (names) => linesOf(group, place, names),
  }));
}

/** What an update replaces, one by one: parameter and moments. */
const replaced = 3;

function keyOf({ attributes, inputs }: Node): readonly unknown[] {
  return [JSON.stringify(attributes), ...inputs.slice(replaced + 1)];
}

/** What only moves or passes on the numbers of its first input may share its memory. */
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

/** By result, the output that it is, where it may take the place of what it replaces: nothing reads that afterwards. */
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

/** The kernel's arguments, as expressions. */
interface Told {
  /** The number of the step, of which the kernel computes the corrections. */
  readonly step: string;
  readonly rate: string;
  readonly eps: number;
  readonly decay: number;
  /** What parameters are multiplied by after it. */
  readonly after: string | null;
}

/** As in ops/optimizer.ts, in the kernel's terms. */
const variants = {
  // The larger decay says longest which step it is; once its correction is 1, so are both.
  torch: ({ attributes: { beta1, beta2, eps, weightDecay, factor }, lr, correction1, correction2 }) => {
    const [beta, correction] = beta1 > beta2 ? [beta1, correction1] : [beta2, correction2];
    const step = beta === 0 ? `torch.ones_like(${lr})` : `torch.log1p(-${correction}) / ${number(Math.log(beta))}`;
    return { step, rate: `${lr} * ${number(factor)}`, eps, decay: weightDecay, after: null };
  },
  // Corrected by the rate; after infinitely many steps the kernel corrects nothing.
  hf: ({ attributes: { eps, weightDecay, factor }, lr, correction1, correction2 }) => ({
    step: `torch.full_like(${lr}, ${number(Infinity)})`,
    rate: `${lr} * ${number(factor)} * ${correction2}.sqrt() / ${correction1}`,
    eps,
    decay: 0,
    after: weightDecay === 0 ? null : `1 - ${lr} * ${number(factor * weightDecay)}`,
  }),
} satisfies Readonly<Record<OpAttributes<"adamw">["variant"], (given: Given) => Told>>;

/** What the lines call. */
export const updateHelper = [
  "def own(value, target):",
  '    """The memory that is updated: where the caller wants the result, if that is where the value is."""',
  "    return value if value is target else value.clone()",
];
