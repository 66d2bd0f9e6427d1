// From a lowered graph to a Python module. `load(device)` makes its constants and returns a function that computes the
// graph's outputs from its inputs, both by name. Tensors are freed after their last reader.
import { nodesOf, type Graph } from "../../ir/graph.js";
import { typeText } from "../../ir/types.js";
import { attentionFunctions, type AttentionKernel } from "./attention.js";
import { collectiveNames, isCollective } from "./collectives.js";
import { inParts } from "./parts.js";
import { createNames, expression, operation, written } from "./statements.js";
import { inOrder, updateHelper, updating } from "./updates.js";

/**
 * The module of a graph that was lowered for the `torch` target. If the caller passes tensors as `into`, by names of
 * outputs, those that are inputs too are updated in place where possible. With `parts`, `load(device, compile)` applies
 * `compile` to each function of the program, of which repeated sequences share one. `attention`: the kernel that the
 * target was chosen with.
 */
export function writeTorch(
  lowered: Graph,
  { parts = false, attention = null }: { readonly parts?: boolean; readonly attention?: AttentionKernel | null } = {},
): string {
  const order = inOrder(lowered);
  const names = createNames();
  const constants = nodesOf(lowered).filter(({ op }) => op === "constant");
  const made = constants.map((node) => {
    const right = expression(node, names);
    return `${node.outputs.map((value) => names.bindAs("c", value)).join(", ")} = ${right}`;
  });
  const read = lowered.inputs.map(
    ({ name, value }) => `${names.bind(value)} = inputs[${JSON.stringify(name)}]  # ${typeText(value.type)}`,
  );
  const { functions, statements } = parts
    ? inParts(lowered, order.before)
    : { functions: [], statements: order.before.map(operation) };
  const all = [...statements, ...updating(lowered, order), ...order.after.map(operation)];
  const computed = written(lowered, all, names);
  const results = [...lowered.outputs].map(([name, value]) => `    ${JSON.stringify(name)}: ${names.of(value)},`);
  return [
    `"""The program ${lowered.name}, written by vlmo."""`,
    "import torch",
    "",
    "",
    ...[attentionFunctions(lowered, attention), order.updates.length > 0 ? updateHelper : []].flatMap((lines) =>
      lines.length > 0 ? [...lines, "", ""] : [],
    ),
    parts ? "def load(device, compile):" : "def load(device):",
    ...indented([
      ...(nodesOf(lowered).some(isCollective) ? collectiveNames : []),
      ...made,
      ...functions,
      "",
      "def run(inputs, into={}):",
      ...indented([...read, ...computed, "return {", ...results, "}"]),
      "",
      "return run",
    ]),
    "",
  ].join("\n");
}

function indented(lines: readonly string[]): string[] {
  return lines.map((line) => (line === "" ? "" : `    ${line}`));
}
