// From a lowered graph to a Python module. `load(device)` makes its constants and gives the function that computes the
// graph's outputs from its inputs, both by name. Tensors are let go where nothing reads them any more.
import type { Graph, Node, Value } from "../../ir/graph.js";
import { typeText } from "../../ir/types.js";
import { schedule } from "../schedule.js";
import { collectiveNames, collectiveRules, isCollective, waiting } from "./collectives.js";
import { rules, type Named } from "./rules.js";

/** The module of a graph that was lowered for the `torch` target. */
export function writeTorch(lowered: Graph): string {
  const names = new Map<Value, string>();
  const bind = (prefix: string, values: readonly Value[]): string =>
    values
      .map((value) => {
        const name = `${prefix}${names.size}`;
        names.set(value, name);
        return name;
      })
      .join(", ");
  const steps = schedule(lowered);
  const constants = steps.filter(({ node }) => node.op === "constant").map(({ node }) => node);
  const made = constants.map((node) => `    ${bind("c", node.outputs)} = ${expression(node, names)}`);
  const read = lowered.inputs.map(
    ({ name, value }) => `        ${bind("v", [value])} = inputs[${JSON.stringify(name)}]  # ${typeText(value.type)}`,
  );
  const kept = new Set(constants.flatMap((node) => node.outputs));
  const begun = new Set<Value>();
  const waits = (values: Iterable<Value>): string[] =>
    [...values].flatMap((value) => (begun.delete(value) ? [waiting(nameOf(value, names))] : []));
  const computed = steps
    .filter(({ node }) => node.op !== "constant")
    .flatMap(({ node, dead }) => {
      const waited = waits(node.inputs);
      const right = expression(node, names);
      if (isCollective(node)) node.outputs.forEach((value) => begun.add(value));
      const types = node.outputs.map(({ type }) => typeText(type)).join(", ");
      const gone = dead.filter((value) => !kept.has(value));
      return [
        ...waited,
        `        ${bind("v", node.outputs)} = ${right}  # ${types}`,
        ...(gone.length > 0 ? [`        del ${gone.map((value) => nameOf(value, names)).join(", ")}`] : []),
      ];
    });
  const results = [...lowered.outputs].map(
    ([name, value]) => `            ${JSON.stringify(name)}: ${nameOf(value, names)},`,
  );
  const last = waits(lowered.outputs.values());
  return [
    `"""The program ${lowered.name}, written by vlmo."""`,
    "import torch",
    "",
    "",
    "def load(device):",
    ...(steps.some(({ node }) => isCollective(node)) ? collectiveNames : []),
    ...made,
    "",
    "    def run(inputs):",
    ...read,
    ...computed,
    ...last,
    "        return {",
    ...results,
    "        }",
    "",
    "    return run",
    "",
  ].join("\n");
}

const all = { ...rules, ...collectiveRules };

type AnyRule = (node: { readonly [Key in keyof Named<"add">]: unknown }) => string;

function expression({ op, inputs, attributes, outputs }: Node, names: ReadonlyMap<Value, string>): string {
  if (!Object.hasOwn(all, op)) throw new Error(`internal: the torch target has no rule for ${op}`);
  // Attributes were checked against the op's own type when the node was made; nodes carry them untyped.
  const rule = all[op as keyof typeof all] as AnyRule;
  return rule({ inputs: inputs.map((value) => nameOf(value, names)), attributes, type: outputs[0]?.type });
}

function nameOf(value: Value, names: ReadonlyMap<Value, string>): string {
  const name = names.get(value);
  if (name === undefined) throw new Error(`internal: ${value.node.op} ${typeText(value.type)} is not computed`);
  return name;
}
