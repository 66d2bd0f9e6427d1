// Params: typed values that `--set name=value` replaces. A replacement is checked by the same rules as the file.
import { didYouMean, type Expression, type Span } from "../../grammar/index.js";
import { diagnose } from "../codes.js";
import { readField, type Input } from "../schema/fields.js";
import { paramNamed, quantityOf, type ParamValue, type Reading } from "../schema/quantity.js";
import type { ValueNode } from "./blocks.js";
import { deepest, type Declared, type Module, type Report } from "./modules.js";
import { paramTypes, typeNameOf } from "./param-types.js";
import { readOptions } from "./set-options.js";

export interface Params {
  /** The value of a param, worked out once. */
  get(declared: Declared): ParamValue | null;
  /** What `--set` puts in the place of a param's value. */
  replacement(declared: Declared): Expression | undefined;
}

/** Reads `--set` options and prepares all params; call `get` for each to have it checked. */
export function createParams(modules: readonly Module[], options: readonly string[], report: Report): Params {
  const replaced = readOptions(options, modules, report);
  const done = new Map<Declared, ParamValue | null>();
  const under: Declared[] = [];
  const get = (declared: Declared): ParamValue | null => {
    const known = done.get(declared);
    if (known !== undefined) return known;
    if (under.includes(declared)) {
      const circle = [...under.slice(under.indexOf(declared)), declared].map(({ name }) => name).join(" → ");
      report(diagnose("V111", declared.node.name.span, { name: declared.name, circle }));
      done.set(declared, null);
      return null;
    }
    if (under.length >= deepest) {
      report(diagnose("V113", declared.node.name.span, { name: declared.name, deepest }));
      done.set(declared, null);
      return null;
    }
    under.push(declared);
    const value = evaluate(declared, replaced.get(declared), { report, param: get });
    under.pop();
    // A circle found on the way has already settled this param.
    if (!done.has(declared)) done.set(declared, value);
    return done.get(declared) ?? null;
  };
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
  if (!readField(reader, input).success) return null;
  if (typeName === "string" || typeName === "flag") return base;
  const quantity = quantityOf(node, reading, { label: declared.name, wanted: typeName });
  return { node: base.node, quantity };
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
