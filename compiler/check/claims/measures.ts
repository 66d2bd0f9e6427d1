// Measurements of a `test`: series of a training, `loss.contrast[1..5].mean`, and metrics of an evaluation, `recall(1)`.
import {
  closest,
  pathText,
  spanText,
  type Call,
  type Expression,
  type Reference,
  type Segment,
  listed,
} from "../../../grammar/index.js";
import { diagnose } from "../../codes.js";
import type { ValueNode } from "../../resolve/blocks.js";
import { readField } from "../../schema/fields.js";
import { metrics as signatures, signatureInTests } from "../../schema/metrics.js";
import { count } from "../../schema/numbers.js";
import { callOf, readCall } from "../../schema/read.js";
import type { Term } from "../../spec/comparison.js";
import type { EvaluationSpec, MetricSpec, StageSpec, MetricName } from "../../spec/spec.js";
import type { MeasureSpec, SeriesSpec, Reduction } from "../../spec/tests.js";
import type { Context } from "../context.js";
import { headNamed, unknownMetric } from "./evaluation.js";
import { factNames } from "./static-facts.js";

/** State of a test before a statement, from the statements above it. */
export interface TestState {
  /** The last training, with its number of steps if known; `unknown`: it was invalid, which was reported. */
  readonly training: { readonly stage: StageSpec; readonly steps: number | null } | "unknown" | null;
  readonly evaluation: EvaluationSpec | "unknown" | null;
}

const reductions = ["first", "last", "min", "max", "mean"] as const satisfies readonly Reduction[];
const seriesNames = ["loss", "gradient_norm", "lr"] as const satisfies readonly SeriesSpec["kind"][];

function isReduction(name: string): name is Reduction {
  return reductions.some((take) => take === name);
}

/** A measurement as a term. Null: it is wrong and was reported. */
export function readMeasure(node: ValueNode, above: TestState, context: Context): Term<MeasureSpec> | null {
  const { expression } = node;
  const name = expression.kind === "reference" ? expression.segments[0].name.text : undefined;
  const measure =
    expression.kind === "reference" && seriesNames.some((known) => known === name)
      ? readSeriesMeasure(expression, node, above, context)
      : readMetricMeasure(node, above, context);
  return measure === null ? null : { kind: "leaf", leaf: measure };
}

// ------------------------------------------------------------------------------------------------------ series

interface ReadSeries {
  readonly series: SeriesSpec;
  /** The segment that may have steps in brackets. */
  readonly last: Segment;
  readonly rest: readonly Segment[];
}

/** `loss`, `loss.contrast`, `gradient_norm` or `lr`, and the rest of the path. */
export function readSeries(path: Reference, above: TestState, context: Context): ReadSeries | null {
  const [first, ...rest] = path.segments;
  const kind = seriesNames.find((name) => name === first.name.text);
  if (kind === undefined) return unknownMeasure(path, context);
  if (above.training === null) {
    const help = "write `train STAGE for N steps` above it";
    context.report(diagnose("V605", path.span, { what: spanText(path.span), before: "train" }, { help }));
    return null;
  }
  const stage = above.training === "unknown" ? null : above.training.stage;
  if (kind === "gradient_norm" && stage?.optimizer.clip === null) {
    const related = [{ span: stage.span, message: `\`${stage.name}\` has an optimizer without \`clip\`` }];
    context.report(diagnose("V609", path.span, { stage: stage.name }, { related }));
    return null;
  }
  return kind === "loss" ? readLoss(path, stage, context) : { series: { kind }, last: first, rest };
}

/** `loss`, or the loss of a head; `stage` is null if unknown. */
function readLoss(
  { segments: [first, second, ...more] }: Reference,
  stage: StageSpec | null,
  context: Context,
): ReadSeries | null {
  const all = { kind: "loss", head: null } as const;
  if (second === undefined) return { series: all, last: first, rest: [] };
  const head = second.name.text;
  const heads = stage?.learn.map((learnt) => learnt.head.name) ?? [];
  if (heads.includes(head)) return { series: { kind: "loss", head }, last: second, rest: more };
  if (isReduction(head)) return { series: all, last: first, rest: [second, ...more] };
  // With an unknown stage any head may be one that it learns.
  if (stage === null) return { series: all, last: second, rest: more };
  return unknownPart(second, [...heads, ...reductions], `stage \`${stage.name}\` learns`, context);
}

function unknownPart(part: Segment, known: readonly string[], what: string, context: Context): null {
  const near = closest(part.name.text, known);
  const others = known.filter((name) => !isReduction(name));
  const help = near === undefined ? `${what} ${listed(others)}` : `did you mean \`${near}\`?`;
  const fix = near === undefined ? {} : { fix: { span: part.name.span, text: near } };
  context.report(diagnose("V604", part.name.span, { name: part.name.text }, { help, ...fix }));
  return null;
}

function readSeriesMeasure(path: Reference, node: ValueNode, above: TestState, context: Context): MeasureSpec | null {
  const read = readSeries(path, above, context);
  if (read === null) return null;
  const { series, last, rest } = read;
  const steps = last.layers === undefined ? null : readSteps(last.layers, last, { node, above }, context);
  const take = readReduction(rest, context);
  if (steps === undefined || take === undefined) return null;
  if (take !== null) return { kind: "series", series, steps, take };
  if (steps !== null && steps[0] === steps[1]) return { kind: "series", series, steps, take: "last" };
  const text = spanText(path.span);
  const help =
    steps === null ? `write \`${text}.last\`, \`${text}.mean\` …, or \`${text}[3]\`` : `write \`${text}.mean\``;
  context.report(diagnose("V604", path.span, { name: text }, { help }));
  return null;
}

/** The end of a path, `.last`; null if there is none, undefined if it is wrong and was reported. */
function readReduction(rest: readonly Segment[], context: Context): Reduction | null | undefined {
  const [take, odd] = rest;
  if (take === undefined) return null;
  if (odd === undefined && take.layers === undefined && isReduction(take.name.text)) return take.name.text;
  const wrong = odd ?? take;
  const help = `one of ${reductions.map((word) => `\`.${word}\``).join(", ")} ends it`;
  context.report(diagnose("V604", wrong.span, { name: spanText(wrong.span) }, { help }));
  return undefined;
}

const step = count();

/** The steps in brackets, `[3]` or `[1..5]`. Undefined: they are wrong, which was reported. */
function readSteps(
  elements: readonly Expression[],
  { span }: Segment,
  { node, above }: { readonly node: ValueNode; readonly above: TestState },
  context: Context,
): [number, number] | undefined {
  const [only, second] = elements;
  if (only === undefined || second !== undefined) {
    const holes = { key: "steps", wanted: "one step or a range `1..5`", found: "something else" };
    context.report(diagnose("V204", span, holes));
    return undefined;
  }
  const ends = only.kind === "range" ? [only.low, only.high] : [only, only];
  const read = ends.map((expression) =>
    readField(step, { node: { ...node, expression }, label: "steps", reading: context.reading }),
  );
  const [from, to] = read;
  if (from?.success !== true || to?.success !== true) return undefined;
  const steps = (above.training === "unknown" ? null : above.training?.steps) ?? Infinity;
  if (from.data <= to.data && to.data <= steps) return [from.data, to.data];
  const holes = { key: "steps", wanted: `in 1…${Number.isFinite(steps) ? steps : "n"}, the smaller first` };
  context.report(diagnose("V207", only.span, { ...holes, value: spanText(only.span) }));
  return undefined;
}

// ----------------------------------------------------------------------------------------------------- metrics

function readMetricMeasure(node: ValueNode, { evaluation }: TestState, context: Context): MeasureSpec | null {
  const call = callOf(node);
  const name = call === null ? undefined : pathText(call.callee);
  if (call === null || name === undefined || !isMetric(name)) return unknownMeasure(node.expression, context);
  const asked = readMetricCall(call, name, node, context);
  if (asked === null) return null;
  if (evaluation === null) {
    const help = "write `evaluate NAME` above it";
    context.report(diagnose("V605", call.span, { what: spanText(call.span), before: "evaluate" }, { help }));
    return null;
  }
  if (evaluation === "unknown") return null;
  const { k, from } = asked;
  const metric = pickMetric(call, asked, evaluation, context);
  return metric === null ? null : { kind: "metric", metric, k, from };
}

/** A parsed call of a metric. */
export interface MetricCall {
  readonly name: MetricName;
  /** The head, if one is named. */
  readonly head: string | undefined;
  readonly k: number | null;
  readonly from: "image" | "text" | null;
}

/** A metric that stands alone, `recall(1)` or `accuracy(truth)`. Null: it is not one, which was reported. */
export function readMetricName(node: ValueNode, context: Context): MetricCall | null {
  const call = callOf(node);
  const name = call === null ? "" : pathText(call.callee);
  if (call !== null && isMetric(name)) return readMetricCall(call, name, node, context);
  return unknownMetric((call?.callee ?? node.expression).span, context);
}

function readMetricCall(call: Call, name: MetricName, node: ValueNode, context: Context): MetricCall | null {
  const values = readArguments(call, name, node, context);
  if (values === null) return null;
  const head = values.head === undefined ? undefined : headNamed(values.head, context);
  return head === null ? null : { name, head, k: values.at, from: values.from };
}

interface MeasureArguments extends Pick<MetricCall, "from"> {
  readonly head?: ValueNode | undefined;
  readonly at: number | null;
}

interface AskedArguments {
  readonly head?: ValueNode;
  readonly at?: number;
  readonly top?: number;
  readonly from?: "image" | "text";
}

function readArguments(call: Call, name: MetricName, node: ValueNode, { reading }: Context): MeasureArguments | null {
  // Boundary: the values are those of the metric's own arguments, each of which has some of these.
  const values = readCall(signatureInTests(name), call, node, reading) as AskedArguments | null;
  if (values === null) return null;
  return { head: values.head, at: values.at ?? values.top ?? null, from: values.from ?? null };
}

/** The metric of the evaluation that the call refers to. */
function pickMetric(call: Call, asked: MetricCall, evaluation: EvaluationSpec, context: Context): MetricSpec | null {
  const { name, head, k } = asked;
  const fits = (metric: MetricSpec): boolean =>
    (head === undefined || metric.head === head) && (k === null || metric.arguments.includes(k));
  const [metric, ...others] = evaluation.metrics.filter((each) => each.name === name && fits(each));
  if (metric === undefined) return notMeasured(call, evaluation, context);
  if (others.every((other) => other.head === metric.head)) return metric;
  const heads = [metric, ...others].map((each) => `\`${each.head}\``).join(", ");
  const help = `write \`${name}(${k === null ? "" : `${k}, head: `}${metric.head})\``;
  context.report(diagnose("V517", call.span, { metric: name, heads }, { help }));
  return null;
}

function notMeasured(call: Call, evaluation: EvaluationSpec, context: Context): null {
  const has = evaluation.metrics.map(({ span }) => `\`${spanText(span)}\``).join(", ");
  const holes = { evaluation: evaluation.name, metric: spanText(call.span) };
  const related = [{ span: evaluation.span, message: `\`${evaluation.name}\` is declared here` }];
  context.report(diagnose("V606", call.span, holes, { related, help: `it measures ${has}` }));
  return null;
}

function isMetric(name: string): name is MetricName {
  return Object.hasOwn(signatures, name);
}

function unknownMeasure(expression: Expression, context: Context): null {
  const path = expression.kind === "call" ? expression.callee : expression;
  const known = [...seriesNames, ...Object.keys(signatures)];
  const first = path.kind === "reference" ? path.segments[0].name : undefined;
  const near = first === undefined ? undefined : closest(first.text, known);
  const extra =
    near === undefined || first === undefined
      ? { help: `there are ${listed(known)}` }
      : { help: `did you mean \`${near}\`?`, fix: { span: first.span, text: near } };
  const name = spanText(path.span);
  const fact = { help: `\`${name}\` is known without training: put it into an \`expect\` block` };
  context.report(diagnose("V604", path.span, { name }, factNames.includes(name) ? fact : extra));
  return null;
}
