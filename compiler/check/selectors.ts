// Selectors: parts of the role tree (`experts.vision[1..4]`), joined by `+`, `-` and commas, as sets of parameter names.
import { didYouMean, pathText, spanText, type Expression, type Reference } from "../../grammar/index.js";
import { diagnose } from "../codes.js";
import type { ValueNode } from "../resolve/blocks.js";
import { describe, follow } from "../schema/quantity.js";
import { rolePath, type ParameterSpec, type Role } from "../spec/parameters.js";
import type { Context } from "./context.js";
import { listed } from "./placement.js";

/** What a selector is read against. */
export interface Field {
  readonly stage: string;
  readonly layers: number;
  readonly parameters: readonly ParameterSpec[];
  /** What `all` stands for. */
  readonly all: ReadonlySet<string>;
  /** Called for every part that is named and not taken away, with what it selects. */
  readonly onPart?: (part: Reference, names: ReadonlySet<string>) => void;
}

/** The layer a role belongs to, or null. */
export function roleLayer(role: Role): number | null {
  return "layer" in role ? role.layer : null;
}

/** The parameters of a selector, or null where it is wrong and was reported. */
export function select(node: ValueNode, field: Field, context: Context): Set<string> | null {
  return isPart(node.expression, field) ? part(node, node.expression, field, context) : combined(node, field, context);
}

function combined(node: ValueNode, field: Field, context: Context): Set<string> | null {
  const real = follow(node, context.reading);
  if (real === null) return null;
  const { expression } = real;
  const inside = (each: Expression, within = field): Set<string> | null =>
    select({ ...real, expression: each }, within, context);
  if (expression.kind === "list") {
    const sets = expression.elements.map((element) => inside(element));
    return sets.includes(null) ? null : new Set(sets.flatMap((set) => [...(set ?? [])]));
  }
  if (expression.kind === "binary" && (expression.operator === "+" || expression.operator === "-")) {
    const { stage, layers, parameters, all } = field;
    const silent: Field = { stage, layers, parameters, all };
    const left = inside(expression.left);
    const right = inside(expression.right, expression.operator === "-" ? silent : field);
    if (left === null || right === null) return null;
    return expression.operator === "+"
      ? new Set([...left, ...right])
      : new Set([...left].filter((name) => !right.has(name)));
  }
  if (expression.kind === "reference") return part(real, expression, field, context);
  context.report(diagnose("V520", expression.span, { what: describe(expression) }));
  return null;
}

/** A part of the tree goes before a param of the same name. */
function isPart(expression: Expression, field: Field): expression is Reference {
  if (expression.kind !== "reference") return false;
  const path = pathText(expression);
  return path === "all" || field.parameters.some(({ role }) => covers(path, rolePath(role)));
}

function covers(path: string, role: string): boolean {
  return role === path || role.startsWith(`${path}.`);
}

function part(node: ValueNode, path: Reference, field: Field, context: Context): Set<string> | null {
  const text = pathText(path);
  const brackets = path.segments.at(-1)?.layers;
  const layers =
    brackets === undefined
      ? undefined
      : listed(
          { kind: "list", bracketed: true, elements: brackets, span: path.span },
          { layers: field.layers, node, reading: context.reading },
        );
  if (layers === null) return null;
  const matches = field.parameters.filter(({ name, role }) => {
    const layer = roleLayer(role);
    const here = layers === undefined || (layer !== null && layers.includes(layer));
    return here && (text === "all" ? field.all.has(name) : covers(text, rolePath(role)));
  });
  const names = new Set(matches.map(({ name }) => name));
  if (names.size === 0) return nothing(path, field, context);
  if (text !== "all") field.onPart?.(path, names);
  return names;
}

function nothing(path: Reference, field: Field, context: Context): null {
  const roles = [...new Set(field.parameters.map(({ role }) => rolePath(role)))];
  const outer = pathText(path).split(".")[0] ?? "";
  const sisters = roles.filter((role) => role.startsWith(`${outer}.`));
  const shown = (sisters.length > 0 ? sisters : roles.filter((role) => !role.includes(".")))
    .map((role) => `\`${role}\``)
    .join(", ");
  const text = pathText(path);
  const others = ["all", ...roles].filter((role) => role !== text);
  const { fix, ...help } = didYouMean(path.span, roles.includes(text) ? [] : others, `there are ${shown}`, text);
  // The brackets of a path are not part of its name.
  const extra = fix !== undefined && spanText(path.span) === text ? { ...help, fix } : help;
  context.report(diagnose("V505", path.span, { selector: spanText(path.span), stage: field.stage }, extra));
  return null;
}
