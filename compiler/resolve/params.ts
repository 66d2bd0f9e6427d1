// Params: typed values that `--set name=value` replaces. A replacement is checked by the same rules as the file.
import { didYouMean, type Expression, type Span } from "../../grammar/index.js";
import { diagnose } from "../codes.js";
import { readField, type Input } from "../schema/fields.js";
import { paramNamed, quantityOf, type ParamValue, type Reading } from "../schema/quantity.js";
import type { ValueNode } from "./blocks.js";
import { deepest, followed } from "./chain.js";
import type { Declared, Report } from "./module.js";
import { paramTypes, typeNameOf } from "./param-types.js";

/** The params of all modules of one check. */
export interface Params {
  /** The value of a param; memoized. */
  get(declared: Declared): ParamValue | null;
  /** The value given by `--set`, if any. */
  replacement(declared: Declared): Expression | undefined;
}

/** Prepares all params, some of them `replaced`; `get` checks a param. */
export function createParams(replaced: ReadonlyMap<Declared, Expression>, report: Report): Params {
  const get: (declared: Declared) => ParamValue | null = followed({
    work: (declared) => evaluate(declared, replaced.get(declared), { report, param: get }),
    onCycle: (way) => {
      const [first] = way;
      const cycle = way.map(({ name }) => name).join(" → ");
      if (first !== undefined) report(diagnose("V111", first.node.name.span, { name: first.name, cycle }));
      return null;
    },
    onLong: ({ node, name }) => {
      report(diagnose("V113", node.name.span, { name, deepest }));
      return null;
    },
  });
  return { get, replacement: (declared) => replaced.get(declared) };
}

function evaluate(declared: Declared, replacement: Expression | undefined, reading: Reading): ParamValue | null {
  if (declared.node.kind !== "param") throw new Error("internal: not a param");
  const { type, value, name } = declared.node;
  const node: ValueNode = { kind: "value", expression: replacement ?? value, origin: declared, key: name.span };
  const typeName = typeNameOf(declared.node);
  const reader = Object.hasOwn(paramTypes, typeName) ? paramTypes[typeName] : undefined;
  if (reader === undefined) return unknownType(typeName, type?.span ?? name.span, reading);
  const other = paramNamed(node);
  const base = other === undefined ? { node, quantity: null } : reading.param(other);
  if (base === null || reader === null) return base;
  const input: Input = { node, label: declared.name, reading };
  const read = readField(reader, input);
  if (!read.success) return null;
  if (typeof read.data === "string") return { node: literal(base.node, read.data), quantity: null };
  if (typeName === "flag") return base;
  const quantity = quantityOf(node, reading, { label: declared.name, wanted: typeName });
  return { node: base.node, quantity };
}

/** A string literal for a value that evaluates to a string. */
function literal(node: ValueNode, value: string): ValueNode {
  const { expression } = node;
  return expression.kind === "string"
    ? node
    : { ...node, expression: { kind: "string", value, span: expression.span } };
}

function unknownType(found: string, span: Span, reading: Reading): null {
  const all = Object.keys(paramTypes);
  const extra = didYouMean(span, all, `the types are ${all.join(", ")}`, found);
  reading.report(diagnose("V209", span, { found, what: "type" }, extra));
  return null;
}

/** A param's value for the checked specification. */
export function plainValue({ node, quantity }: ParamValue): number | string | boolean {
  if (quantity !== null) return quantity.value;
  const { expression } = node;
  if (expression.kind === "string" || expression.kind === "boolean") return expression.value;
  return node.expression.span.file.text.slice(expression.span.start, expression.span.end);
}
