// Duration, micro-batches and optimizer: the numbers of a stage, and the constraints between them.
import { diagnose } from "../../codes.js";
import { contrastsWholeBatch } from "../../heads/pools.js";
import { augmentations } from "../../schema/augmentations.js";
import { durationText, inSteps } from "../../spec/durations.js";
import type { AugmentSpec, DataSpec, ObjectiveSpec, ScheduleSpec } from "../../spec/spec.js";
import type { Duration } from "../../spec/duration.js";
import { readField } from "../../schema/fields.js";
import { stageSchema } from "../../schema/blocks.js";
import { list } from "../../schema/lists.js";
import { constructor } from "../../schema/families.js";
import { isForgiven } from "../../schema/read.js";
import { readBest } from "./best.js";
import type { Context } from "../context.js";
import { type Draft, at, needs, type Numbers } from "./draft.js";

/** Reads batch, duration and schedule. Null: one of them is missing, which was reported. */
export function readNumbers(draft: Draft, data: readonly DataSpec[], context: Context): Numbers | null {
  const { values } = draft;
  const duration = readDuration(draft, context);
  if (values.batch === undefined) needs(draft, "batch", context);
  else checkMicro(draft, values.batch, context);
  const validate = readValidate(draft, context);
  if (values.batch === undefined || duration === null) return null;
  const { batch, micro = batch, cached, mean, schedule, seed } = values;
  checkWarmup(draft, { schedule, duration, data, batch }, context);
  return { batch, micro, cached, mean, gatherGradient: values.gather_gradient, duration, schedule, seed, validate };
}

function checkMicro(draft: Draft, batch: number, context: Context): void {
  const { micro = batch, mean } = draft.values;
  const isUneven = mean === "micro_batch" && batch % micro !== 0;
  if (micro <= batch && !isUneven) return;
  const reason = isUneven ? [{ span: at(draft, "mean"), message: "gives each the same weight in the mean" }] : [];
  const related = [{ span: at(draft, "batch"), message: `batch ${batch}` }, ...reason];
  const help = `${divisorBelow(batch, micro)} would do`;
  context.report(diagnose("V510", at(draft, "micro"), { batch, micro }, { related, help }));
}

function readValidate(draft: Draft, context: Context): Numbers["validate"] {
  const { validate, best: by, patience = null } = draft.values;
  const best = readBest(by, context);
  if (validate === undefined) return null;
  if (patience !== null && by === undefined && !draft.body.entries.has("best"))
    context.report(diagnose("V620", at(draft, "patience"), { stage: draft.name }));
  return { every: validate, best, patience };
}

/** The largest divisor of `batch` that is at most `micro`, searched for in a bounded number of tries. */
function divisorBelow(batch: number, micro: number): number {
  const first = Math.min(batch, micro);
  for (let n = first; n > Math.max(1, first - 10_000); n -= 1) if (batch % n === 0) return n;
  return 1;
}

function readDuration(draft: Draft, context: Context): Duration | null {
  const { steps, epochs } = draft.values;
  if (steps !== undefined && epochs !== undefined) {
    const related = [{ span: at(draft, "steps"), message: "`steps` here" }];
    context.report(
      diagnose("V512", at(draft, "epochs"), { stage: draft.name }, { related, help: "keep one of the two" }),
    );
    return null;
  }
  if (steps !== undefined) return { unit: "steps", value: steps };
  if (epochs === undefined) {
    // A wrong value was reported at its own place.
    if (draft.body.entries.has("steps") || draft.body.entries.has("epochs")) return null;
    if (isForgiven("steps", draft.body, Object.keys(stageSchema.shape))) return null;
    context.report(diagnose("V513", draft.span, { stage: draft.name }));
    return null;
  }
  return { unit: "epochs", value: epochs };
}

interface Course {
  readonly schedule: ScheduleSpec;
  readonly duration: Duration;
  readonly data: readonly DataSpec[];
  readonly batch: number;
}

/** If the steps of an epoch are unknown, the runtime checks this once it has counted the items. */
function checkWarmup(draft: Draft, course: Course, context: Context): void {
  const { warmup } = course.schedule;
  const [up, all] = [inSteps(warmup, course), inSteps(course.duration, course)];
  const longer =
    warmup.unit === course.duration.unit
      ? warmup.value > course.duration.value
      : up !== null && all !== null && up > all;
  if (!longer) return;
  const related = [
    { span: at(draft, course.duration.unit), message: `the stage lasts ${durationText(course.duration)}` },
  ];
  const holes = { warmup: durationText(warmup), duration: durationText(course.duration) };
  context.report(diagnose("V511", at(draft, "schedule", "warmup"), holes, { related }));
}

/** Reports a pool that micro-batches would shrink silently. */
export function checkPools(draft: Draft, numbers: Numbers, learn: readonly ObjectiveSpec[], context: Context): void {
  const { batch, micro, cached } = numbers;
  if (cached || micro >= batch) return;
  const heads = learn.map(({ head }) => head).filter(contrastsWholeBatch);
  for (const head of heads) {
    const related = [{ span: head.span, message: "`pool: global` wants the whole batch" }];
    const help = `encode all of them first with \`cached: true\`, or accept the smaller pool with \`pool: micro\` in the head`;
    context.report(
      diagnose("V509", at(draft, "micro"), { head: head.name, real: micro, asked: batch }, { related, help }),
    );
  }
}

const augmentation = list(constructor("augmentation", augmentations), { distinct: ({ kind }) => kind });

/** The list of augmentations, in order. */
export function readAugment(draft: Draft, context: Context): AugmentSpec[] | null {
  const node = draft.values.augment;
  if (node === undefined) return [];
  if (node.expression.kind === "reference" && node.expression.segments[0].name.text === "none") return [];
  const result = readField(augmentation, { node, label: "augment", reading: context.reading });
  return result.success ? result.data : null;
}
