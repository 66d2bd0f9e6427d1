// Evaluations: metrics of a stage's heads on a data set.
import type { z } from "zod";
import {
  pathText,
  spanText,
  type Call,
  type Diagnostic,
  type Name,
  type Span,
  listed,
} from "../../../grammar/index.js";
import { diagnose } from "../../codes.js";
import type { Unmeasured } from "../../heads/head.js";
import { ruleOf } from "../../heads/index.js";
import { whyNoLikelihood } from "../../heads/settings.js";
import type { ValueNode } from "../../resolve/blocks.js";
import type { Written } from "../../resolve/extend.js";
import type { Declared } from "../../resolve/module.js";
import { evaluationSchema } from "../../schema/blocks.js";
import { metricRule, metrics as signatures, type MetricArguments } from "../../schema/metrics.js";
import { supplies, supplyWords, type Supply } from "../../schema/data.js";
import { nameMeant } from "../../schema/meant.js";
import { callOf, readBlock, readCall } from "../../schema/read.js";
import type { Signature } from "../../schema/signature.js";
import { mismatch } from "../../schema/fields.js";
import { named } from "../named.js";
import type {
  DataSpec,
  EvaluationSpec,
  HeadSpec,
  MetricName,
  MetricSpec,
  ModelSpec,
  StageSpec,
  WindowsSpec,
} from "../../spec/spec.js";
import type { Context } from "../context.js";
import { doubting } from "../doubts.js";
import { suppliersOf, missingSupply, type ReportAt } from "../data/data.js";
import type { Parts } from "../stage/result.js";
import { viewsRun } from "../model/views.js";
import { checkHeldOut } from "./held-out.js";

/** V502 if the data lack what a metric needs. */
function unmeasured(metric: MetricName, data: DataSpec, { span, related }: ReportAt): Diagnostic | null {
  const needed = lacking(metric, data);
  if (needed === null) return null;
  const holes = { data: data.name, head: metric, missing: supplyWords[needed] };
  return diagnose("V502", span, holes, { related, help: suppliersOf(needed) });
}

/** What a metric compares with, where data do not have it. */
function lacking(metric: MetricName, { kind }: Pick<DataSpec, "kind">): Supply | null {
  const { compares = null } = metricRule(metric);
  const has: readonly Supply[] = supplies[kind];
  return compares === null || has.includes(compares) ? null : compares;
}

/** Checks an evaluation. Null: something in it is wrong and was reported. */
export function checkEvaluation(declared: Declared, parts: Parts, context: Context): EvaluationSpec | null {
  const { body, on, using } = context.merge(declared);
  const name = declared.node.name;
  const owner = { what: `evaluation \`${name.text}\``, span: name.span };
  const values = readBlock(evaluationSchema, { ...body, items: [] }, owner, context.reading);
  const onDeclared = found(on, "data", "on data", declared, context);
  const usingDeclared = found(using, "stage", "using stage", declared, context);
  const data = onDeclared === undefined ? null : parts.data(onDeclared);
  const stage = usingDeclared === undefined ? null : parts.stages(usingDeclared);
  if (body.items.length === 0)
    context.report(
      diagnose(
        "V521",
        name.span,
        { name: name.text, missing: "a metric" },
        { help: `one of ${listed(Object.keys(signatures))}` },
      ),
    );
  const quiet = stage === null ? context : doubting(context, stage.doubts);
  const read = body.items.map((item) => readMetric(item, { stage: stage?.spec, data: data ?? undefined }, quiet));
  const metrics = read.filter((metric) => metric !== null);
  if (values === null || data === null || stage === null) return null;
  if (metrics.length !== read.length) return null;
  checkHeldOut(data, stage.spec, on?.what.span ?? name.span, context);
  return {
    name: context.nameOf(declared),
    data,
    stage: stage.spec.name,
    metrics,
    batch: values.batch,
    span: name.span,
  };
}

// eslint-disable-next-line max-params -- a name, what it must be, and where to say so
function found(
  written: Written<Name> | undefined,
  kind: "data" | "stage",
  missing: string,
  declared: Declared,
  context: Context,
): Declared | undefined {
  if (written !== undefined) return context.find(written.by, written.what, [kind]);
  const help = `write \`evaluate ${declared.name} on DATA using STAGE { … }\``;
  context.report(
    diagnose("V521", declared.node.name.span, { name: declared.name, missing: `\`${missing}\`` }, { help }),
  );
  return undefined;
}

interface Measured {
  readonly stage: StageSpec | undefined;
  readonly data: DataSpec | undefined;
}

function readMetric(item: ValueNode, measured: Measured, context: Context): MetricSpec | null {
  const call = callOf(item);
  if (call === null)
    return mismatch(item, { label: "metric", reading: context.reading }, "a metric such as `recall(1, 5, 10)`");
  const name = pathText(call.callee);
  if (!isMetric(name)) return unknownMetric(call.callee.span, context);
  const values = argumentsOf(name, call, item, context);
  if (values === null) return null;
  const chosen = values.head === undefined ? undefined : headNamed(values.head, context);
  if (chosen === null || measured.stage === undefined) return null;
  const head = pickHead(call, name, { stage: measured.stage, chosen }, context);
  if (head === null || !fits({ name, span: call.span }, head, measured, context)) return null;
  if (values.top !== undefined && !choosesAmongMore(head, values.top, call, context)) return null;
  const rerank = values.rerank === undefined ? null : readReranking(values.rerank, measured.stage, context);
  const windows = readWindows(values.windows, measured.stage.model, call, context);
  if (rerank === undefined || windows === undefined) return null;
  return { name, arguments: values.at, head: head.name, rerank, windows, span: call.span };
}

interface Arguments {
  readonly head?: ValueNode | undefined;
  /** The k of a recall, and of a top-k accuracy. */
  readonly at: readonly number[];
  readonly top?: number;
  readonly rerank?: Reranking | undefined;
  readonly windows?: Windows | undefined;
}

type Windows = NonNullable<z.output<typeof signatures.mean_iou.schema>["windows"]>;
type Reranking = NonNullable<z.output<typeof signatures.recall.schema>["rerank"]>;

function argumentsOf(name: MetricName, call: Call, item: ValueNode, { reading }: Context): Arguments | null {
  const signature: Signature = signatures[name];
  // Boundary: the values are those of the metric's own arguments.
  const values = readCall(signature, call, item, reading) as MetricArguments | null;
  if (values === null) return null;
  return { ...values, at: "at" in values ? values.at : "top" in values ? [values.top] : [] };
}

/** Whether a head ranks more than `top` choices, or `top` is 1; otherwise V640: its top-k accuracy would mean nothing. */
function choosesAmongMore(head: HeadSpec, top: number, { span }: Call, context: Context): boolean {
  const choices = ruleOf(head).classes?.(head).count;
  if (top === 1 || (choices !== undefined && top < choices)) return true;
  const reason =
    choices === undefined
      ? "only a classifier ranks its choices"
      : `it chooses among ${choices}, of which the right one is always among the first ${top}`;
  const help = choices === undefined || choices < 3 ? "leave `top` out" : `write a \`top\` below ${choices}`;
  context.report(diagnose("V640", span, { metric: spanText(span), head: head.name, reason }, { help }));
  return false;
}

/** The re-ranking head, and the number of candidates. Undefined: something is wrong, which was reported. */
function readReranking({ by, count }: Reranking, stage: StageSpec, context: Context): MetricSpec["rerank"] | undefined {
  const { span } = by.expression;
  const name = headNamed(by, context);
  if (name === null) return undefined;
  const judges = stage.heads.filter((head) => ruleOf(head).judges !== undefined);
  const head = judges.find((each) => each.name === name);
  if (head !== undefined)
    return viewsRun(stage.model, [{ head, span }], context) ? { head: name, top: count } : undefined;
  const [other] = judges;
  const help =
    other === undefined
      ? "learn a `matching` head in the stage or in one before it, or leave `rerank` out"
      : `write \`by: ${other.name}\``;
  context.report(diagnose("V641", span, { head: name, stage: stage.name }, { help }));
  return undefined;
}

/**
 * Sliding windows that cover every pixel and lie in the image; null if none are given. Undefined: they do not (V644), which
 * was reported.
 */
function readWindows(
  windows: Windows | undefined,
  model: ModelSpec,
  { span }: Call,
  context: Context,
): WindowsSpec | null | undefined {
  if (windows === undefined) return null;
  const { stride, short_side: shortSide } = windows;
  const size = model.image?.size ?? 0;
  const refused = (key: string, value: number, { reason, help }: Unmeasured): undefined => {
    context.report(diagnose("V644", span, { key, value, model: model.name, size, reason }, { help }));
  };
  if (stride !== undefined && stride > size)
    return refused("stride", stride, {
      reason: "pixels between them would be in no window",
      help: `write \`stride: ${size}px\` or less`,
    });
  if (typeof shortSide === "number" && shortSide < size)
    return refused("short_side", shortSide, {
      reason: "the image would be smaller than one",
      help: `write \`short_side: ${size}px\` or more`,
    });
  // Stride as in BEiT's configurations for ADE20K: 341 of 512, 426 of 640.
  return {
    stride: stride ?? Math.max(1, Math.floor((2 * size) / 3)),
    shortSide: shortSide === undefined ? size : shortSide,
  };
}

/** Whether a metric can be computed for a head. */
export function offers(head: HeadSpec, metric: MetricName): boolean {
  return ruleOf(head).metrics.includes(metric) && whyUnmeasured(head, metric) === null;
}

/** The metrics that can be computed for a head on data of a kind that it learns from, in the head's order. */
export function metricsOn(data: Pick<DataSpec, "kind">, head: HeadSpec): MetricName[] {
  return ruleOf(head).metrics.filter((metric) => offers(head, metric) && lacking(metric, data) === null);
}

/** Why a metric of the head's kind cannot be measured with the head's settings; null: it can. */
function whyUnmeasured(head: HeadSpec, metric: MetricName): Unmeasured | null {
  const ofLoss = metricRule(metric).ofLoss === true ? whyNoLikelihood(head) : null;
  return ofLoss ?? ruleOf(head).unmeasured?.(head, metric) ?? null;
}

function isMetric(name: string): name is MetricName {
  return Object.hasOwn(signatures, name);
}

/** Reports an unknown metric; returns null. */
export function unknownMetric(span: Span, context: Context): null {
  const [what, name, names] = ["metric", spanText(span), Object.keys(signatures)];
  const remedy = nameMeant({ span, what, names, otherwise: `there are ${listed(Object.keys(signatures))}`, name });
  context.report(diagnose("V209", span, { found: name, what }, remedy));
  return null;
}

/** The name, in the specification, of the head that a metric names. Null: there is none, which was reported. */
export function headNamed(node: ValueNode, context: Context): string | null {
  const declared = named(node, "head", context);
  return declared && context.nameOf(declared);
}

/** The head that a metric evaluates: the named one, or the only one of the stage that fits; learnt ones take precedence. */
function pickHead(
  call: Call,
  metric: MetricName,
  from: { stage: StageSpec; chosen: string | undefined },
  context: Context,
): HeadSpec | null {
  const words = metricRule(metric).of;
  const { stage, chosen } = from;
  const fitting = stage.heads.filter((head) => offers(head, metric) && (chosen === undefined || head.name === chosen));
  const learnt = fitting.filter((head) => stage.learn.some((term) => term.head.name === head.name));
  const candidates = learnt.length > 0 ? learnt : fitting;
  const [only, second] = candidates;
  if (only !== undefined && second === undefined) return only;
  if (only === undefined) {
    if (reportUnmeasured(call, metric, from, context)) return null;
    const wanted = chosen === undefined ? words : `\`${chosen}\` as ${words}`;
    const help = `it holds ${stage.heads.map(measuredBy).join(", ")}`;
    context.report(diagnose("V516", call.span, { metric, wanted, stage: stage.name }, { help }));
    return null;
  }
  const names = candidates.map(({ name }) => `\`${name}\``).join(", ");
  context.report(
    diagnose(
      "V517",
      call.span,
      { metric, heads: names },
      { help: `write \`${metric}(${namesHeadFirst(metric) ? "" : "head: "}${only.name})\`` },
    ),
  );
  return null;
}

/** Whether a call of the metric takes a head as its first argument without a name. */
function namesHeadFirst(metric: MetricName): boolean {
  const { positional = [] }: Signature = signatures[metric];
  return positional[0] === "head";
}

/**
 * Reports why a metric cannot be measured for a head that would offer it with other settings; false if there is no such
 * head.
 */
function reportUnmeasured(
  { span }: Call,
  metric: MetricName,
  { stage, chosen }: { stage: StageSpec; chosen: string | undefined },
  context: Context,
): boolean {
  const head = stage.heads.find(
    (each) => ruleOf(each).metrics.includes(metric) && (chosen === undefined || each.name === chosen),
  );
  const why = head === undefined ? null : whyUnmeasured(head, metric);
  if (head === undefined || why === null) return false;
  const related = [{ span: head.span, message: `\`${head.name}\` is declared here` }];
  const holes = { metric: spanText(span), head: head.name, reason: why.reason };
  context.report(diagnose("V640", span, holes, { related, help: why.help }));
  return true;
}

/** A head with the metrics that it offers: `` `itc` (`recall`) ``. */
function measuredBy(head: HeadSpec): string {
  const { name } = head;
  const own = ruleOf(head).metrics.filter((metric) => offers(head, metric));
  return `\`${name}\` (${own.length === 0 ? "no metric" : listed(own)})`;
}

function fits(
  { name, span }: Pick<MetricSpec, "name" | "span">,
  head: HeadSpec,
  { stage, data }: Measured,
  context: Context,
): boolean {
  if (stage === undefined || !viewsRun(stage.model, [{ head, span }], context)) return false;
  if (data === undefined) return true;
  const shown = { span, related: [{ span: data.span, message: `\`${data.name}\` holds \`${data.kind}\`` }] };
  const wrong = missingSupply(head, data, shown) ?? unmeasured(name, data, shown);
  if (wrong === null) return true;
  context.report(wrong);
  return false;
}
