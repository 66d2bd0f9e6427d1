// Heads: their features, settings, and whose parameters they use. A head belongs to no model; what depends on a width
// is settled when a stage learns it (`headFor`).
import type { z } from "zod";
import { pathText, plainName, spanText, type Call } from "../../grammar/index.js";
import { diagnose } from "../codes.js";
import { kindWords } from "../resolve/extend.js";
import type { MergedNode, ValueNode } from "../resolve/blocks.js";
import type { Declared } from "../resolve/modules.js";
import { headSchemas } from "../schema/blocks.js";
import { mismatch } from "../schema/fields.js";
import { nameMeant } from "../schema/meant.js";
import { readBlock } from "../schema/read.js";
import type { FeatureSpec, HeadKind, HeadSpec, MaskedPatchesHead, ModelSpec } from "../spec/spec.js";
import type { Context } from "./context.js";
import { readFeature, type Feature } from "./features.js";
import { featuresFit } from "./head-features.js";

/** A checked head whose hidden width may still be a multiple of the model's. */
export interface HeadDraft {
  readonly declared: Declared;
  readonly head: HeadSpec;
  readonly relativeHidden: number | null;
  /** The head whose parameters this one uses, where it shares. */
  readonly owner: HeadDraft | null;
  /** The head that hard negatives come from. */
  readonly minesFrom: Declared | null;
}

export type HeadLookUp = (declared: Declared) => HeadDraft | null;

/** The head with its widths settled for a model. */
export function headFor(draft: HeadDraft, model: Pick<ModelSpec, "width">): HeadSpec {
  const { head, relativeHidden } = draft;
  if (relativeHidden === null || (head.kind !== "classify" && head.kind !== "compare")) return head;
  return { ...head, hidden: Math.round(relativeHidden * model.width) };
}

interface Basics {
  readonly name: string;
  readonly features: readonly FeatureSpec[];
  readonly parametersOf: string;
  readonly span: HeadSpec["span"];
}

/** Checks a head alone. `other` gives heads it shares with or mines from. */
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
  if (!isKind(kind)) return unknownKind(call, context);
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
  const complete = features.length === read.length && featuresFit(kind, features, call, context);
  const made = makeHead(kind, { declared, features: arranged(kind, features), other }, context);
  if (made === null || !complete) return null;
  return shared(made, merged.body.entries.get("share")?.node, other, context);
}

function isKind(name: string): name is HeadKind {
  return Object.hasOwn(headSchemas, name);
}

function unknownKind(call: Call, context: Context): null {
  const kinds = Object.keys(headSchemas);
  const found = pathText(call.callee);
  const all = `there are ${kinds.map((kind) => `\`${kind}\``).join(", ")}`;
  const { span } = call.callee;
  const remedy = nameMeant({ span, what: "head", names: kinds, otherwise: all, name: found });
  context.report(diagnose("V209", span, { found, what: "head" }, remedy));
  return null;
}

/** A contrast is the same either way round; the image comes first from here on. */
function arranged(kind: HeadKind, features: readonly Feature[]): readonly Feature[] {
  const first = features.find(({ spec }) => spec.view === "image");
  if (kind !== "contrastive" || first === undefined) return features;
  return [first, ...features.filter((feature) => feature !== first)];
}

interface Parts {
  readonly declared: Declared;
  readonly features: readonly Feature[];
  readonly other: HeadLookUp;
}

function makeHead(kind: HeadKind, parts: Parts, context: Context): HeadDraft | null {
  const { declared, features, other } = parts;
  const name = context.nameOf(declared);
  const basics: Basics = {
    name,
    features: features.map((feature) => feature.spec),
    parametersOf: name,
    span: declared.node.name.span,
  };
  const draft = (head: HeadSpec, extra: Partial<HeadDraft> = {}): HeadDraft => {
    return { declared, head, relativeHidden: null, minesFrom: null, owner: null, ...extra };
  };
  return makers[kind](basics, { declared, draft, other, context });
}

interface Making {
  readonly declared: Declared;
  readonly other: HeadLookUp;
  readonly draft: (head: HeadSpec, extra?: Partial<HeadDraft>) => HeadDraft;
  readonly context: Context;
}

function settings<Kind extends HeadKind>(kind: Kind, { declared, context }: Making) {
  // Boundary: zod's generic output needs the one schema, which tsc cannot pick out of the table by a type parameter.
  const schema = headSchemas[kind] as unknown as z.ZodObject;
  const block = context.merge(declared).body;
  const what = `head \`${declared.name}\``;
  return readBlock(schema, block, { what, span: declared.node.name.span }, context.reading) as z.output<
    (typeof headSchemas)[Kind]
  > | null;
}

type Maker = (basics: Basics, making: Making) => HeadDraft | null;

const makers: Record<HeadKind, Maker> = {
  masked_patches: (basics, making) => {
    const values = settings("masked_patches", making);
    if (values === null) return null;
    const targets = readTargets(values.targets, making);
    const mask = { kind: values.mask.kind, ratio: values.mask.ratio };
    return targets === null ? null : making.draft({ ...basics, kind: "masked_patches", mask, targets });
  },
  masked_tokens: (basics, making) => {
    const values = settings("masked_tokens", making);
    if (values === null) return null;
    const { mask, whole_word: wholeWord, variant, decoder, norm_eps: normEps } = values;
    return making.draft({ ...basics, kind: "masked_tokens", mask, wholeWord, variant, decoder, normEps });
  },
  contrastive: (basics, making) => {
    const values = settings("contrastive", making);
    if (values === null) return null;
    const { temperature, fused, pool, false_negatives: falseNegatives } = values;
    return making.draft({ ...basics, kind: "contrastive", temperature, fused, pool, falseNegatives });
  },
  matching: (basics, making) => {
    const values = settings("matching", making);
    if (values === null) return null;
    const source = findHead(values.negatives.head, making.context);
    if (source === null || !isContrastive(source, values.negatives.head, making)) return null;
    const negatives = { head: making.context.nameOf(source), from: values.negatives.from };
    const { false_negatives: falseNegatives } = values;
    return making.draft({ ...basics, kind: "matching", negatives, falseNegatives }, { minesFrom: source });
  },
  classify: (basics, making) => {
    const values = settings("classify", making);
    if (values === null) return null;
    const { hidden, norm_eps: normEps, loss } = values;
    const classes = values.classes ?? values.answers?.count;
    if (classes === undefined) {
      const span = making.declared.node.name.span;
      making.context.report(
        diagnose(
          "V203",
          span,
          { owner: `head \`${basics.name}\``, key: "classes" },
          { help: "or `answers: answers(min: 9)`" },
        ),
      );
      return null;
    }
    checkClasses(basics, { ...values, classes }, making);
    const head: HeadSpec = { ...basics, kind: "classify", classes, hidden: hidden?.value ?? null, normEps, loss };
    return making.draft(head, { relativeHidden: hidden?.relative === true ? hidden.value : null });
  },
  compare: (basics, making) => {
    const values = settings("compare", making);
    if (values === null) return null;
    const { hidden, norm_eps: normEps, classes } = values;
    const head: HeadSpec = { ...basics, kind: "compare", classes, hidden: hidden?.value ?? null, normEps };
    return making.draft(head, { relativeHidden: hidden?.relative === true ? hidden.value : null });
  },
  visual_tokenizer: (basics, making) => deferred("visual_tokenizer", basics, making),
  segment: (basics, making) => deferred("segment", basics, making),
  caption: (basics, making) => deferred("caption", basics, making),
};

interface Classes {
  readonly classes: number;
  readonly answers?: unknown;
  readonly loss: "cross_entropy" | "bce";
}

function checkClasses(
  { name, span }: Basics,
  { classes, answers, loss }: Classes,
  { declared, context }: Making,
): void {
  const entries = context.merge(declared).body.entries;
  const [own, other] = [entries.get("classes")?.reference, entries.get("answers")?.reference];
  if (own !== undefined && other !== undefined && answers !== undefined) {
    const related = [{ span: own.span, message: "`classes` here" }];
    context.report(diagnose("V412", other.span, { head: name }, { related, help: "keep one of the two" }));
  }
  if (classes === 1 && loss === "cross_entropy") {
    const help = "write at least 2, or `loss: bce`";
    context.report(diagnose("V413", (own ?? other)?.span ?? span, { head: name }, { help }));
  }
}

function deferred(kind: "visual_tokenizer" | "segment" | "caption", basics: Basics, making: Making): HeadDraft | null {
  const values = settings(kind, making);
  return values === null ? null : making.draft({ ...basics, kind, settings: values });
}

type Targets = z.output<(typeof headSchemas)["masked_patches"]>["targets"];

/** `tokens("codes.bin")` reads codes of a file; `tokens(coder)` those of a visual tokenizer of the spec. */
function readTargets(targets: Targets, making: Making): MaskedPatchesHead["targets"] | null {
  if (targets.kind === "pixels") return { kind: "pixels" };
  const { expression } = targets.source;
  if (expression.kind === "string") return { kind: "tokens", source: expression.value, count: targets.count };
  const source = findHead(targets.source, making.context);
  return source === null ? null : { kind: "tokens", source: making.context.nameOf(source), count: targets.count };
}

/** Hard negatives come from scores; a head that is itself wrong is reported where it stands. */
function isContrastive(source: Declared, node: ValueNode, { declared, other, context }: Making): boolean {
  const kind = source === declared ? "matching" : other(source)?.head.kind;
  if (kind === undefined || kind === "contrastive") return true;
  const related = [{ span: source.node.name.span, message: `\`${source.name}\` is \`${kind}\`` }];
  context.report(diagnose("V405", node.expression.span, { head: source.name, kind: `\`${kind}\`` }, { related }));
  return false;
}

function findHead(node: ValueNode, context: Context): Declared | null {
  const name = node.expression.kind === "reference" ? plainName(node.expression) : undefined;
  if (name === undefined)
    return mismatch(node, { label: kindWords.head, reading: context.reading }, "the name of a head");
  return context.find(node.origin, name, ["head"]) ?? null;
}

/** Follows `share` to the head that owns the parameters, and holds the two together. */
function shared(draft: HeadDraft, node: MergedNode | undefined, other: HeadLookUp, context: Context): HeadDraft | null {
  if (node?.kind !== "value") return draft;
  const declared = findHead(node, context);
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

/** Why two heads cannot have the same tensors, or null. */
function difference(a: HeadDraft, b: HeadDraft): string | null {
  if (a.head.kind !== b.head.kind) return `one is \`${a.head.kind}\`, the other \`${b.head.kind}\``;
  if (a.relativeHidden !== b.relativeHidden) return "their hidden layers differ";
  for (const key of ["decoder", "fused", "classes", "hidden", "normEps"] as const) {
    const [one, two] = [valueAt(a.head, key), valueAt(b.head, key)];
    if (one !== two) return `their \`${key === "normEps" ? "norm_eps" : key}\` is ${one} and ${two}`;
  }
  return null;
}

function valueAt(head: HeadSpec, key: string): string {
  const found = Object.entries(head).find(([name]) => name === key);
  return String(found?.[1]);
}
