// Selectors: parts of the role tree (`experts.vision[1..4]`), joined by `+`, `-` and commas, as sets of parameters.
import { didYouMean, pathText, spanText, type Expression, type Reference, listed } from "../../../grammar/index.js";
import { diagnose } from "../../codes.js";
import type { ValueNode } from "../../resolve/blocks.js";
import { describe, follow } from "../../schema/quantity.js";
import { type ParameterGroup, roleLayer } from "../../spec/parameter.js";
import type { ModelSpec, StageSpec } from "../../spec/spec.js";
import type { Context } from "../context.js";
import { byRole, parameterGroups } from "../../spec/parameter-list.js";
import { memoized } from "../../spec/memoize.js";
import { layersListed } from "../model/placement.js";

/** What a selector selects from. */
export interface Field {
  readonly stage: string;
  /** The kind of thing that is named, if it is not a stage. */
  readonly kind?: "model";
  readonly layers: number;
  readonly groups: readonly ParameterGroup[];
  /** The meaning of `all`; every parameter if left out. */
  readonly all?: (group: ParameterGroup) => boolean;
  /** Called for every part that is named and not subtracted, with the groups that it selects. */
  readonly onPart?: ((part: Reference, groups: readonly ParameterGroup[]) => void) | undefined;
}

/** The parameters of a selector, or null if it is wrong and was reported. */
export function select(node: ValueNode, field: Field, context: Context): Set<ParameterGroup> | null {
  return isPart(node.expression, field) ? part(node, node.expression, field, context) : combined(node, field, context);
}

function combined(node: ValueNode, field: Field, context: Context): Set<ParameterGroup> | null {
  const real = follow(node, context.reading);
  if (real === null) return null;
  const { expression } = real;
  const inside = (each: Expression, within = field): Set<ParameterGroup> | null =>
    select({ ...real, expression: each }, within, context);
  if (expression.kind === "list") {
    const sets = expression.elements.map((element) => inside(element));
    return sets.includes(null) ? null : union(sets.filter((set) => set !== null));
  }
  if (expression.kind === "binary" && (expression.operator === "+" || expression.operator === "-")) {
    const silent = { ...field, onPart: undefined };
    const left = inside(expression.left);
    const right = inside(expression.right, expression.operator === "-" ? silent : field);
    if (left === null || right === null) return null;
    if (expression.operator === "+") return union([left, right]);
    for (const group of right) left.delete(group);
    return left;
  }
  if (expression.kind === "reference") return part(real, expression, field, context);
  const extra =
    expression.kind === "unary" ? { help: "write it after what it is subtracted from: `all - pooler`" } : {};
  context.report(diagnose("V520", expression.span, { what: describe(expression) }, extra));
  return null;
}

function union([first = new Set(), ...others]: readonly Set<ParameterGroup>[]): Set<ParameterGroup> {
  for (const other of others) for (const group of other) first.add(group);
  return first;
}

/** A part of the tree takes precedence over a param of the same name. */
function isPart(expression: Expression, field: Field): expression is Reference {
  if (expression.kind !== "reference") return false;
  const path = pathText(expression);
  return path === "all" || within(path, field.groups).length > 0;
}

function covers(path: string, role: string): boolean {
  return role === path || role.startsWith(`${path}.`);
}

function part(node: ValueNode, path: Reference, field: Field, context: Context): Set<ParameterGroup> | null {
  const text = pathText(path);
  const brackets = path.segments.at(-1)?.layers;
  const layers =
    brackets === undefined
      ? undefined
      : layersListed(
          { kind: "list", bracketed: true, elements: brackets, span: path.span },
          { layers: field.layers, node, reading: context.reading },
        );
  if (layers === null) return null;
  const matches = partsNamed(text, field).filter(({ role }) => {
    const layer = roleLayer(role);
    return layers === undefined || (layer !== null && layers.includes(layer));
  });
  if (matches.length === 0) return nothing(path, field, context);
  if (text !== "all") field.onPart?.(path, matches);
  return new Set(matches);
}

function partsNamed(text: string, { groups, all }: Field): readonly ParameterGroup[] {
  if (text === "all") return all === undefined ? groups : groups.filter(all);
  return within(text, groups);
}

const parts = new WeakMap<Field["groups"], Map<string, Field["groups"]>>();

/** The groups of a part and of its subparts; memoized, since each stage of a model and each fact asks again. */
function within(path: string, groups: Field["groups"]): Field["groups"] {
  const known = memoized(parts, groups, () => new Map<string, Field["groups"]>());
  const before = known.get(path);
  if (before !== undefined) return before;
  const found = [...byRole(groups)].flatMap(([role, held]) => (covers(path, role) ? held : []));
  known.set(path, found);
  return found;
}

function nothing(path: Reference, field: Field, context: Context): null {
  const roles = [...byRole(field.groups).keys()];
  const outer = pathText(path).split(".")[0] ?? "";
  const sisters = roles.filter((role) => role.startsWith(`${outer}.`));
  const shown = listed(sisters.length > 0 ? sisters : roles.filter((role) => !role.includes(".")));
  const text = pathText(path);
  const others = ["all", ...roles].filter((role) => role !== text);
  const { fix, ...help } = didYouMean(path.span, roles.includes(text) ? [] : others, `there are ${shown}`, text);
  // Brackets are not part of the name.
  const extra = fix !== undefined && spanText(path.span) === text ? { ...help, fix } : help;
  context.report(
    diagnose(
      "V505",
      path.span,
      { selector: spanText(path.span), kind: field.kind ?? "stage", owner: field.stage },
      extra,
    ),
  );
  return null;
}

/** All parameters of a model with heads, for selectors to select from. */
export function fieldOf(stage: string, model: ModelSpec, heads: StageSpec["heads"]): Field {
  return { stage, layers: model.layers, groups: parameterGroups(model, heads) };
}
