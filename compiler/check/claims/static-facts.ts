// Static facts of a specification, for `expect`: each evaluates its call to a number or a list.
import { counted, plainName, spanText, type Argument, type Call, listed } from "../../../grammar/index.js";
import { diagnose } from "../../codes.js";
import type { ValueNode } from "../../resolve/blocks.js";
import type { Declared } from "../../resolve/module.js";
import { mismatch, readField } from "../../schema/fields.js";
import { count } from "../../schema/numbers.js";
import { countNamed, countsOf } from "../../plan/counts.js";
import { memoryOf } from "../../plan/memory.js";
import { poolsOf } from "../../heads/pools.js";
import { stageFlops, viewFlops } from "../../plan/flops.js";
import { featureShape } from "../../spec/geometry.js";
import { totalOf, type ParameterGroup } from "../../spec/parameter.js";
import type { ModelSpec, StageSpec, View } from "../../spec/spec.js";
import type { Context } from "../context.js";
import { doubting, type Doubts } from "../doubts.js";
import { readFeature } from "../head/features.js";
import { parameterGroups, ownHeads } from "../../spec/parameter-list.js";
import { expertFor, expertsIn } from "../../spec/routing.js";
import { select, fieldOf } from "../stage/selectors.js";
import { predecessors, type Parts, type StageResult } from "../stage/result.js";

/** The value of a fact; the elements of a list are compared one by one. */
export type FactValue = number | readonly (number | string)[];

/** All facts by name, each with the form of its call. */
export const factForms = {
  parameters: "parameters(MODEL)",
  trainable: "trainable(STAGE)",
  flops: "flops(MODEL, pair)",
  memory: "memory(STAGE)",
  experts: "experts(MODEL, layer: 1)",
  routes: "routes(MODEL, pair, layer: 1)",
  shape: "shape(MODEL, pair.tokens)",
  pool: "pool(STAGE, HEAD)",
  stages: "stages(STAGE)",
} as const;

type FactName = keyof typeof factForms;

interface FactCall {
  readonly name: FactName;
  readonly call: Call;
  /** The model or stage that the first argument names. */
  readonly subject: Subject;
  /** The second argument, if any. */
  readonly second: ValueNode | undefined;
  readonly layer: number | null;
  readonly context: Context;
}

interface Subject {
  readonly model: ModelSpec;
  /** Which parts of it are stand-ins. */
  readonly doubts: Doubts;
  readonly isSound: boolean;
  readonly stage: StageSpec | null;
  /** The stage with its predecessors. */
  readonly result: StageResult | null;
}

const table: Readonly<Record<FactName, (asked: FactCall) => FactValue | null>> = {
  parameters: (asked) => {
    const { model, stage } = asked.subject;
    const heads = stage === null ? [] : ownHeads(stage);
    const groups = asked.second === undefined ? parameterGroups(model, heads) : chosen(asked, heads);
    return groups === null ? null : totalOf(groups);
  },
  trainable: (asked) => {
    const { stage } = asked.subject;
    if (stage === null) return needsStage(asked);
    if (asked.second === undefined) return countsOf(stage).trained;
    const groups = chosen(asked, stage.heads);
    return groups === null ? null : countNamed(groups, stage.trained);
  },
  flops: (asked) => {
    const { model, stage } = asked.subject;
    if (asked.second === undefined) return stage === null ? missing(asked, "view") : stageFlops(model, stage.learn);
    const view = viewIn(asked);
    return view === null ? null : viewFlops(model, view);
  },
  memory: (asked) => {
    const { stage } = asked.subject;
    return stage === null ? needsStage(asked) : memoryOf(stage).total;
  },
  experts: (asked) =>
    asked.layer === null ? needsLayer(asked) : expertsIn(asked.subject.model, asked.layer).map(({ name }) => name),
  routes: (asked) => {
    const view = viewIn(asked);
    if (view === null || asked.layer === null) return view === null ? null : needsLayer(asked);
    const { text, image } = expertFor(asked.subject.model, view, asked.layer);
    return [...new Set([text, image].flatMap((expert) => (expert === null ? [] : [expert.name])))];
  },
  shape: (asked) => {
    const feature = asked.second === undefined ? null : readFeature(asked.second, asked.context);
    if (asked.second === undefined) return missing(asked, "feature");
    return feature === null ? null : featureShape(asked.subject.model, feature.spec);
  },
  pool: (asked) => {
    const { stage } = asked.subject;
    if (stage === null) return needsStage(asked);
    const { second } = asked;
    const written = plainName(second?.expression);
    if (second === undefined || written === undefined) return missing(asked, "head");
    const declared = asked.context.find(second.origin, written, ["head"]);
    if (declared === undefined) return null;
    const pool = poolsOf(stage).find(({ head }) => head === asked.context.nameOf(declared));
    if (pool !== undefined) return pool.pairs;
    const wanted = `a contrastive or matching head that \`${stage.name}\` learns`;
    return mismatch(second, { label: "pool", reading: asked.context.reading }, wanted);
  },
  stages: (asked) => {
    const { result } = asked.subject;
    return result === null ? needsStage(asked) : [...predecessors(result), result.spec].map(({ name }) => name);
  },
};

/** Names of all facts. */
export const factNames = Object.keys(factForms);

function isFact(name: string): name is FactName {
  return Object.hasOwn(factForms, name);
}

/** The value of a fact such as `parameters(VlmoBase)`; null if the call is wrong, or its subject is, which was reported. */
export function readFact(call: Call, origin: ValueNode, parts: Parts, context: Context): FactValue | null {
  const name = spanText(call.callee.span);
  if (!isFact(name)) {
    const help = `there are ${listed(factNames)}`;
    context.report(diagnose("V602", call.callee.span, { name }, { help }));
    return null;
  }
  const [first, second, ...more] = call.args.filter((argument) => argument.name === undefined);
  const named = call.args.filter((argument) => argument.name !== undefined);
  const odd = more[0] ?? named.find((argument) => argument.name?.text !== "layer");
  if (odd !== undefined) {
    const text = odd.name?.text ?? spanText(odd.span);
    context.report(
      diagnose(
        "V210",
        odd.span,
        { owner: name, name: text },
        { help: "there are the subject, what of it, and `layer`" },
      ),
    );
    return null;
  }
  const subject = readSubject(first, { name, call, context }, { origin, parts });
  if (subject === null) return null;
  const quiet = doubting(context, subject.doubts);
  const layer = readLayer(named[0], origin, subject.model, quiet);
  if (layer === undefined) return null;
  const asked = { name, call, subject, second: second && { ...origin, expression: second.value }, layer };
  if (subject.isSound) return table[name]({ ...asked, context });
  // Names are looked up in any case; the values of stand-ins are not computed.
  if (second !== undefined && (name === "parameters" || name === "trainable" || name === "shape"))
    table[name]({ ...asked, context: quiet });
  return null;
}

function readSubject(
  argument: Argument | undefined,
  asked: Pick<FactCall, "name" | "call" | "context">,
  from: { origin: ValueNode; parts: Parts },
): Subject | null {
  const expression = argument?.value;
  const name = plainName(expression);
  if (name === undefined) return missing(asked, "model or stage");
  const declared: Declared | undefined = asked.context.find(from.origin.origin, name, ["model", "stage"]);
  if (declared === undefined) return null;
  if (declared.kind === "model") {
    const model = from.parts.models(declared);
    if (model === null) return null;
    const { spec, doubts, isSound } = model;
    return { model: spec, doubts, isSound, stage: null, result: null };
  }
  const result = from.parts.stages(declared);
  if (result === null) return null;
  const { spec, doubts, isSound } = result;
  return { model: spec.model, doubts, isSound, stage: spec, result };
}

const number = count();

/** The layer of `layer: n`; null if none is given, undefined if it is wrong. */
function readLayer(
  argument: Argument | undefined,
  origin: ValueNode,
  model: ModelSpec,
  context: Context,
): number | null | undefined {
  if (argument === undefined) return null;
  const result = readField(number, {
    node: { ...origin, expression: argument.value },
    label: "layer",
    reading: context.reading,
  });
  if (!result.success) return undefined;
  if (result.data <= model.layers) return result.data;
  const help = `model \`${model.name}\` has ${counted(model.layers, "layer")}`;
  context.report(diagnose("V306", argument.value.span, { layer: result.data, layers: model.layers }, { help }));
  return undefined;
}

function missing({ name, call, context }: Pick<FactCall, "name" | "call" | "context">, what: string): null {
  const help = `write \`${factForms[name]}\``;
  context.report(diagnose("V211", call.span, { owner: name, name: what }, { help }));
  return null;
}

/** Reports a model given where a stage is expected. */
function needsStage({ call, subject, context }: FactCall): null {
  const span = call.args[0]?.span ?? call.span;
  const related = [{ span: subject.model.span, message: `model \`${subject.model.name}\`` }];
  const holes = { name: subject.model.name, found: "model", wanted: "stage" };
  context.report(diagnose("V107", span, holes, { related, help: "name a stage of this model" }));
  return null;
}

const needsLayer = (asked: FactCall): null => missing(asked, "layer");

function chosen({ second, subject, context }: FactCall, heads: StageSpec["heads"]): ParameterGroup[] | null {
  if (second === undefined) return null;
  const field = fieldOf(subject.stage?.name ?? subject.model.name, subject.model, heads);
  const groups = select(second, subject.stage === null ? { ...field, kind: "model" } : field, context);
  return groups === null ? null : [...groups];
}

function viewIn(asked: FactCall): View | null {
  const { second, context } = asked;
  if (second === undefined) return missing(asked, "view");
  const text = spanText(second.expression.span);
  if (text === "image" || text === "text" || text === "pair") return text;
  return mismatch(second, { label: "view", reading: context.reading }, "`image`, `text` or `pair`");
}
