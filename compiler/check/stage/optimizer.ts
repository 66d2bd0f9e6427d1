// The optimizer of a stage, with its learning-rate factors by parameter.
import { spanText, type Span } from "../../../grammar/index.js";
import { diagnose } from "../../codes.js";
import { optimizerRuleOf } from "../../optimizers/index.js";
import { positionTable } from "../../positions/index.js";
import type { BlockNode, ValueNode } from "../../resolve/blocks.js";
import { readField } from "../../schema/fields.js";
import { factor } from "../../schema/numbers.js";
import type { Role } from "../../spec/parameter.js";
import type { OptimizerSpec, StageSpec } from "../../spec/spec.js";
import type { Context } from "../context.js";
import { parametersIn } from "../../spec/parameter-list.js";
import { select, type Field } from "./selectors.js";
import { at, type Draft } from "./draft.js";

/** Reads the optimizer; `trained` are the parameters that it updates, if known. */
export function readOptimizer(
  draft: Draft,
  { field, trained }: { readonly field: Field; readonly trained: StageSpec["trained"] | null },
  context: Context,
): OptimizerSpec | null {
  const { optimizer } = draft.values;
  if (optimizer === undefined) return null;
  const rule = optimizerRuleOf(optimizer);
  const settings = rule.settings(optimizer, (holes) =>
    context.report(diagnose("V207", at(draft, "optimizer", holes.key), holes)),
  );
  const factors = readFactors(optimizer.factors, field, context);
  if (trained !== null) checkEffect(draft, trained, factors, context);
  // Each kind of optimizer has the settings of its own record.
  return {
    kind: optimizer.kind,
    ...settings,
    lr: optimizer.lr,
    weightDecay: optimizer.weight_decay,
    decay: optimizer.decay,
    clip: optimizer.clip,
    factors: withLayerDecay(optimizer.layer_decay, field, byName(factors, context)),
  } as unknown as OptimizerSpec;
}

interface Factor {
  readonly span: Span;
  readonly names: readonly string[];
  readonly value: number;
}

const factorField = factor({ open: "low" });

function readFactors(block: BlockNode | undefined, field: Field, context: Context): Factor[] {
  return [...(block?.entries ?? [])].flatMap(([name, { reference, node }]) => {
    const value = readField(factorField, { node, label: name, reading: context.reading });
    const selector: ValueNode = { kind: "value", expression: reference, origin: node.origin, key: reference.span };
    const groups = select(selector, field, context);
    if (!value.success || groups === null) return [];
    return [
      { span: reference.span, names: parametersIn(groups).map((parameter) => parameter.name), value: value.data },
    ];
  });
}

/** Factors by parameter; two for one parameter are an error, since their order would matter. */
function byName(factors: readonly Factor[], context: Context): Map<string, number> {
  const given = new Map<string, Factor>();
  for (const each of factors) {
    const twice = each.names.find((name) => given.has(name));
    const before = twice === undefined ? undefined : given.get(twice);
    if (twice !== undefined && before !== undefined) {
      const related = [{ span: before.span, message: "first here" }];
      const holes = { first: spanText(before.span), second: spanText(each.span), parameter: twice };
      context.report(diagnose("V526", each.span, holes, { related }));
    }
    for (const name of each.names) given.set(name, each);
  }
  return new Map([...given].map(([name, { value }]) => [name, value]));
}

/** Warns of a factor for parameters that the stage does not train. */
function checkEffect(
  { body, name }: Draft,
  trained: StageSpec["trained"],
  factors: readonly Factor[],
  context: Context,
): void {
  // An inherited key was meant for the parent.
  const node = body.entries.get("optimizer")?.node;
  const changed = node?.kind === "value" ? node.changes?.entries.get("factors")?.node : undefined;
  if ((changed ?? node)?.origin !== body.origin) return;
  for (const { span, names } of factors) {
    if (names.some((each) => trained.has(each))) continue;
    const holes = { key: spanText(span), stage: name, reason: "it trains nothing of that" };
    context.report(diagnose("V527", span, holes, { help: "leave the factor out" }));
  }
}

/**
 * Multiplies the learning rate by `decay` for every layer above a parameter; parts above the layers keep theirs (BEiT,
 * `get_num_layer_for_vit`).
 */
function withLayerDecay(decay: number, field: Field, factors: ReadonlyMap<string, number>): Map<string, number> {
  const all = new Map(factors);
  if (decay === 1) return all;
  for (const { name, role } of parametersIn(field.groups)) {
    const above = layersAbove(name, role, field.layers);
    if (above > 0) all.set(name, (all.get(name) ?? 1) * decay ** above);
  }
  return all;
}

function layersAbove(name: string, role: Role, layers: number): number {
  if ("layer" in role) return layers + 1 - role.layer;
  // A table that attention reads belongs to all layers.
  const embeds = role.part.startsWith("embed.") || role.part === "position";
  return embeds && positionTable(name)?.of !== "all" ? layers + 1 : 0;
}
