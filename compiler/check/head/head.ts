// Heads: features, settings, and whose parameters they use. A head does not belong to a model; whatever depends on a
// width is resolved when a stage learns the head (`headFor`).
import { pathText, spanText, type Call, listed } from "../../../grammar/index.js";
import { diagnose } from "../../codes.js";
import type { HeadRule } from "../../heads/head.js";
import { headKinds, ruleNamed, ruleOf } from "../../heads/index.js";
import type { MergedNode, ValueNode } from "../../resolve/blocks.js";
import type { Declared } from "../../resolve/module.js";
import { nameMeant } from "../../schema/meant.js";
import { readBlock } from "../../schema/read.js";
import type { HeadSpec, ModelSpec } from "../../spec/spec.js";
import type { Context } from "../context.js";
import { readFeature, type Feature } from "./features.js";
import { featuresFit } from "./features-fit.js";
import { named } from "../named.js";
import type { HeadDraft, HeadLookUp } from "./head-context.js";

/** The head with its widths resolved for a model. */
export function headFor(draft: HeadDraft, model: Pick<ModelSpec, "width">): HeadSpec {
  const { head, relativeHidden } = draft;
  if (relativeHidden === null) return head;
  const settled = { hidden: Math.round(relativeHidden * model.width) };
  return { ...head, ...settled };
}

/** Checks a head by itself. `other` looks up heads that it shares with or mines from. */
export function checkHead(declared: Declared, other: HeadLookUp, context: Context): HeadDraft | null {
  const merged = context.merge(declared);
  const name = declared.node.name;
  if (merged.call === undefined && merged.body.incomplete === true) return null;
  if (merged.call === undefined) {
    const help = `write \`head ${name.text}: kind(features)\``;
    context.report(diagnose("V411", name.span, { name: name.text }, { help }));
    return null;
  }
  const { what: call, by } = merged.call;
  const kind = pathText(call.callee);
  const rule = ruleNamed(kind);
  if (rule === undefined) return unknownKind(call, context);
  const node = (expression: ValueNode["expression"]): ValueNode => ({
    kind: "value",
    expression,
    origin: by,
    key: call.span,
  });
  for (const { name: given } of call.args) {
    if (given === undefined) continue;
    const help = `features have no names: write \`${kind}(${call.args.map(({ value }) => spanText(value.span)).join(", ")})\``;
    context.report(diagnose("V210", given.span, { owner: kind, name: given.text }, { help }));
  }
  const read = call.args.map((argument) => readFeature(node(argument.value), context));
  const features = read.filter((feature) => feature !== null);
  const complete = features.length === read.length && featuresFit(rule, features, call, context);
  const made = makeHead(rule, { declared, features: arranged(rule, features), other }, context);
  if (made === null || !complete) return null;
  return shared(made, merged.body.entries.get("share")?.node, other, context);
}

function unknownKind(call: Call, context: Context): null {
  const found = pathText(call.callee);
  const all = `there are ${listed(headKinds)}`;
  const { span } = call.callee;
  const remedy = nameMeant({ span, what: "head", names: headKinds, otherwise: all, name: found });
  context.report(diagnose("V209", span, { found, what: "head" }, remedy));
  return null;
}

/** The order of two views has no meaning; from here on the image comes first. */
function arranged({ takes }: HeadRule, features: readonly Feature[]): readonly Feature[] {
  const first = features.find(({ spec }) => spec.view === "image");
  if (takes.together !== "two views" || first === undefined) return features;
  return [first, ...features.filter((feature) => feature !== first)];
}

interface Parts {
  readonly declared: Declared;
  readonly features: readonly Feature[];
  readonly other: HeadLookUp;
}

function makeHead({ kind, schema, make }: HeadRule, parts: Parts, context: Context): HeadDraft | null {
  const { declared, features, other } = parts;
  const name = context.nameOf(declared);
  const basics: HeadSpec = {
    kind,
    name,
    features: features.map((feature) => feature.spec),
    parametersOf: name,
    span: declared.node.name.span,
  };
  const owner = { what: `head \`${declared.name}\``, span: declared.node.name.span };
  const values = readBlock(schema, context.merge(declared).body, owner, context.reading);
  const made = values === null ? null : make(values, { declared, kind, other, context });
  if (made === null) return null;
  const { settings, relativeHidden = null, minesFrom = null, codesFrom = null } = made;
  return { declared, head: { ...basics, ...settings }, relativeHidden, minesFrom, codesFrom, owner: null };
}

/** Follows `share` to the head that owns the parameters, and compares the two. */
function shared(draft: HeadDraft, node: MergedNode | undefined, other: HeadLookUp, context: Context): HeadDraft | null {
  if (node?.kind !== "value") return draft;
  const declared = named(node, "head", context);
  if (declared === null) return null;
  const owner = declared === draft.declared ? draft : other(declared);
  if (owner === null) return null;
  const reason = owner === draft ? "it is the same head" : difference(draft, owner);
  if (reason === null) {
    return { ...draft, head: { ...draft.head, parametersOf: owner.head.parametersOf }, owner: owner.owner ?? owner };
  }
  const related =
    owner === draft ? [] : [{ span: owner.head.span, message: `\`${owner.head.name}\` is declared here` }];
  const holes = { head: draft.head.name, other: owner.head.name, reason };
  context.report(diagnose("V407", node.expression.span, holes, { related }));
  return null;
}

/** Why two heads cannot have the same parameters, or null. */
function difference(a: HeadDraft, b: HeadDraft): string | null {
  if (a.head.kind !== b.head.kind) return `one is \`${a.head.kind}\`, the other \`${b.head.kind}\``;
  const [own, others] = [a.head.features.length, b.head.features.length];
  if (own !== others) return `they read ${own} and ${others} features`;
  if (a.relativeHidden !== b.relativeHidden) return "their hidden layers differ";
  const [one, two] = [a, b].map(({ head }) => ruleOf(head).shape(head));
  const key = Object.keys(one ?? {}).find((name) => one?.[name] !== two?.[name]);
  return key === undefined ? null : `their \`${key}\` is ${one?.[key] ?? "none"} and ${two?.[key] ?? "none"}`;
}
