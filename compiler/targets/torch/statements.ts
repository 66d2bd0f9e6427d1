// Statements of a Python function: lines that compute values from others, and `del` for values that are dead.
import type { Graph, Node, Value } from "../../ir/graph.js";
import { typeText } from "../../ir/types.js";
import { attentionRules } from "./attention.js";
import { collectiveRules, isCollective, waiting } from "./collectives.js";
import { rules, type Named } from "./rules.js";

/** Names of the values computed so far. */
export interface Names {
  readonly of: (value: Value) => string;
  /** Assigns the next name. */
  readonly bind: (value: Value) => string;
}

/** Lines of Python, with the values that they read and make. */
export interface Statement {
  readonly reads: readonly Value[];
  /** In the order in which they are named. */
  readonly makes: readonly Value[];
  readonly lines: (names: Names) => readonly string[];
  /** Whether it only starts computing its results, which must be waited for. */
  readonly begins?: boolean;
}

/** Names made of a prefix and a number. */
export function createNames(): Names & { readonly bindAs: (prefix: string, value: Value) => string } {
  const names = new Map<Value, string>();
  const bindAs = (prefix: string, value: Value): string => {
    const name = `${prefix}${names.size}`;
    names.set(value, name);
    return name;
  };
  const of = (value: Value): string => {
    const name = names.get(value);
    if (name === undefined) throw new Error(`internal: ${value.node.op} ${typeText(value.type)} is not computed`);
    return name;
  };
  return { of, bindAs, bind: (value) => bindAs("v", value) };
}

/** A statement for a single operation. */
export function operation(node: Node): Statement {
  const types = node.outputs.map(({ type }) => typeText(type)).join(", ");
  return {
    reads: node.inputs,
    makes: node.outputs,
    lines: (names) => {
      const right = expression(node, names);
      return [`${node.outputs.map(names.bind).join(", ")} = ${right}  # ${types}`];
    },
    begins: isCollective(node),
  };
}

/** All lines in order, with waits before the first reader of started results, and `del` after the last reader of a value. */
export function written(graph: Graph, statements: readonly Statement[], names: Names): string[] {
  const dead = deadAfter(graph, statements);
  const begun = new Set<Value>();
  const waits = (values: Iterable<Value>): string[] =>
    [...values].flatMap((value) => (begun.delete(value) ? [waiting(names.of(value))] : []));
  const lines = statements.flatMap((statement, i) => {
    const { reads, makes, begins = false } = statement;
    const all = [...waits(reads), ...statement.lines(names)];
    if (begins) makes.forEach((value) => begun.add(value));
    const gone = (dead[i] ?? []).map(names.of);
    return gone.length === 0 ? all : [...all, `del ${gone.join(", ")}`];
  });
  return [...lines, ...waits(graph.outputs.values())];
}

/** Dead values by statement; inputs and outputs of the graph belong to the caller, constants stay. */
function deadAfter(graph: Graph, statements: readonly Statement[]): readonly (readonly Value[])[] {
  const seen = new Set<Value>([...graph.inputs.map(({ value }) => value), ...graph.outputs.values()]);
  const last = (value: Value): boolean => {
    if (seen.has(value) || value.node.op === "constant") return false;
    seen.add(value);
    return true;
  };
  return statements
    .toReversed()
    .map(({ reads, makes }) => [...makes, ...reads].filter(last))
    .reverse();
}

const all = { ...rules, ...attentionRules, ...collectiveRules };

type AnyRule = (node: { readonly [Key in keyof Named<"add">]: unknown }) => string;

/** An operation on named values, as a Python expression. */
export function expression({ op, inputs, attributes, outputs }: Node, names: Names): string {
  if (!Object.hasOwn(all, op)) throw new Error(`internal: the torch target has no rule for ${op}`);
  // Attributes were checked against the op's own type when the node was made; nodes carry them untyped.
  const rule = all[op as keyof typeof all] as AnyRule;
  return rule({ inputs: inputs.map(names.of), attributes, type: outputs[0]?.type });
}
