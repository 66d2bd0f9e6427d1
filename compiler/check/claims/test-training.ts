// The statement `train vision for 20 steps on shapes(seed: 1)` of a test.
import { plainName, spanText, type Call, type Span, type TrainStatement, listed } from "../../../grammar/index.js";
import { diagnose } from "../../codes.js";
import type { ValueNode } from "../../resolve/blocks.js";
import { lookUp } from "../../resolve/modules.js";
import type { Declared } from "../../resolve/module.js";
import { readField } from "../../schema/fields.js";
import { isFormat } from "../../schema/formats.js";
import { duration } from "../../schema/numbers.js";
import type { DataSpec, StageSpec } from "../../spec/spec.js";
import type { Duration } from "../../spec/duration.js";
import type { TrainStep } from "../../spec/tests.js";
import type { Context } from "../context.js";
import { dataOfCall, missingSupply } from "../data/data.js";
import { predecessors, type Parts, type StageResult } from "../stage/result.js";
import { durationText, inSteps } from "../../spec/durations.js";

interface TestTraining {
  readonly origin: Declared;
  readonly parts: Parts;
  /** The trainings of the test so far. */
  readonly trained: readonly TrainStep[];
}

/** Checks a `train` statement. Null: something in it is wrong and was reported. */
export function checkTrain(statement: TrainStatement, around: TestTraining, context: Context): TrainStep | null {
  const { origin, parts } = around;
  const declared = context.find(origin, statement.stage, ["stage"]);
  const result = declared === undefined ? null : parts.stages(declared);
  const known = result?.spec ?? null;
  const data = statement.data === undefined ? (known?.data ?? null) : readData(statement.data, known, around, context);
  const length = readLength(statement, origin, context);
  if (result === null || !result.isSound) return null;
  const before = predecessors(result);
  if (!isInOrder(statement, { result, before }, around.trained, context)) return null;
  if (data === null || length === undefined) return null;
  const weights = statement.data === undefined ? result.spec.weights : null;
  const stage: StageSpec = { ...result.spec, data, weights };
  if (!isInside(statement, length, stage, context)) return null;
  return { kind: "train", stage, before, duration: length, span: statement.span };
}

/** Number of steps of a training, if the number of items is known. */
export function stepsOf({ stage, duration: length }: Pick<TrainStep, "stage" | "duration">): number | null {
  return inSteps(length ?? stage.duration, stage);
}

/** A stage is trained once, and not after a stage that has already taken over its parameters. */
function isInOrder(
  { stage }: TrainStatement,
  { result, before }: { readonly result: StageResult; readonly before: readonly StageSpec[] },
  trained: readonly TrainStep[],
  context: Context,
): boolean {
  const own = result.spec.name;
  const same = trained.find((step) => step.stage.name === own);
  const after = trained.find((step) => step.before.some(({ name }) => name === own));
  const other = same ?? after;
  if (other === undefined) return true;
  const reason = same === undefined ? `after \`${other.stage.name}\`, which comes from it` : "twice";
  const related = [{ span: other.span, message: `\`${other.stage.name}\` is trained here` }];
  const chain = before.map(({ name }) => name);
  const help =
    same === undefined
      ? `train ${listed([...chain, own])} first`
      : "give the first one all the steps, or write another test";
  context.report(diagnose("V607", stage.span, { stage: stage.text, reason }, { related, help }));
  return false;
}

/**
 * A data set by name, or a format with its settings, of the kind that the stage has; null: it is wrong, or its kind is
 * unknown.
 */
function readData(
  call: Call,
  stage: StageSpec | null,
  { origin, parts }: TestTraining,
  context: Context,
): DataSpec[] | null {
  const name = call.args.length === 0 ? plainName(call.callee) : undefined;
  const named = name === undefined ? undefined : lookUp(origin.module, name.text);
  const inline = named === undefined && (name === undefined || isFormat(name.text));
  const kind = stage?.data[0]?.kind;
  // The kind of data for an inline format is that of the stage.
  if (inline && kind === undefined) return null;
  const node: ValueNode = { kind: "value", expression: call, origin, key: call.span };
  const data =
    inline && kind !== undefined
      ? dataOfCall(call, { kind, lookUp: parts.data }, node, context)
      : dataNamed(call, { origin, parts }, context);
  return data !== null && stage !== null && feeds(data, call.span, stage, context) ? [data] : null;
}

function dataNamed(
  call: Call,
  { origin, parts }: Pick<TestTraining, "origin" | "parts">,
  context: Context,
): DataSpec | null {
  const name = { text: spanText(call.callee.span), span: call.callee.span };
  const declared = context.find(origin, name, ["data"]);
  return declared === undefined ? null : parts.data(declared);
}

/** Whether the data supply what every head of the stage needs. */
function feeds(data: DataSpec, span: Span, stage: StageSpec, context: Context): boolean {
  for (const { head } of stage.learn) {
    const related = [{ span: stage.span, message: `\`${stage.name}\` learns \`${head.name}\`` }];
    const wrong = missingSupply(head, data, { span, related });
    if (wrong !== null) {
      context.report(wrong);
      return false;
    }
  }
  return true;
}

const length = duration({ share: false });

/** The duration after `for`; null if there is none, undefined if it is wrong. */
function readLength(statement: TrainStatement, origin: Declared, context: Context): Duration | null | undefined {
  const { duration: expression } = statement;
  if (expression === undefined) return null;
  const node: ValueNode = { kind: "value", expression, origin, key: expression.span };
  const read = readField(length, { node, label: "for", reading: context.reading });
  if (!read.success) return undefined;
  const { unit, value } = read.data;
  const wanted = unit === "steps" ? "a whole number of steps, at least 1" : "more than 0 epochs";
  if (value > 0 && (unit !== "steps" || Number.isSafeInteger(value))) return read.data;
  context.report(diagnose("V207", expression.span, { key: "for", wanted, value: spanText(expression.span) }));
  return undefined;
}

/** A test runs the first steps of a stage, so that it cannot run more than the stage has. */
function isInside(statement: TrainStatement, given: Duration | null, stage: StageSpec, context: Context): boolean {
  const all = inSteps(stage.duration, stage);
  const asked = given === null ? null : inSteps(given, stage);
  if (statement.duration === undefined || asked === null || all === null || asked <= all) return true;
  const related = [{ span: stage.span, message: `\`${stage.name}\` lasts ${durationText(stage.duration)}` }];
  const holes = { steps: `${asked} steps`, stage: stage.name, all: `${all}` };
  const help = `train it for at most ${all} steps`;
  context.report(diagnose("V608", statement.duration.span, holes, { related, help }));
  return false;
}
