// Settings of a stage that cannot have been intended: contrasts of one pair, schedules that rise, batches that never
// fill, settings without effect.
import { counted, type Span } from "../../../grammar/index.js";
import { diagnose } from "../../codes.js";
import { contrasts, poolOf } from "../../heads/pools.js";
import { endOf } from "../../schema/schedules.js";
import type { DataSpec, ObjectiveSpec } from "../../spec/spec.js";
import type { Context } from "../context.js";
import { checkPools } from "./training.js";
import { at, type Draft, type Numbers } from "./draft.js";
import { durationText, inSteps, itemsOf } from "../../spec/durations.js";
import { lastMicroBatch } from "../../spec/micro-batches.js";

/** A stage whose numbers and heads are known. */
export interface Planned {
  readonly draft: Draft;
  readonly numbers: Numbers;
  readonly learn: readonly ObjectiveSpec[];
  readonly data: readonly DataSpec[];
  /** Whether all heads and data sets could be read. */
  readonly whole: boolean;
}

/** Reports pools that are smaller than requested, and settings that cannot have been intended. */
export function checkNumbers(planned: Planned, context: Context): void {
  checkPools(planned.draft, planned.numbers, planned.learn, context);
  if (!planned.whole) return;
  checkPairs(planned, context);
  checkBatch(planned, context);
  checkRate(planned, context);
  checkEnd(planned, context);
  checkValidation(planned, context);
  checkEffects(planned, context);
}

/** The span of the first of some keys that is written. */
function place({ draft }: Planned, ...keys: readonly string[]): Span {
  return at(draft, keys.find((each) => draft.body.entries.has(each)) ?? "");
}

function checkPairs(planned: Planned, context: Context): void {
  const heads = planned.learn.map(({ head }) => head);
  const { batch, micro } = planned.numbers;
  for (const term of planned.learn) {
    if (poolOf(term.head, heads, { batch, micro: lastMicroBatch(planned.numbers) }) !== 1) continue;
    const key = batch === 1 ? ["batch"] : ["micro", "batch"];
    const related = [{ span: term.span, message: `\`${term.head.name}\` is learnt here` }];
    const isLeft = micro > 1 && batch > 1;
    const left = `the last micro-batch of a batch of ${batch} is one sample: choose another \`micro\``;
    const help = isLeft ? { help: left } : {};
    context.report(diagnose("V522", place(planned, ...key), { head: term.head.name }, { related, ...help }));
    // A head that mines from the contrast has the same pool.
    return;
  }
}

function checkBatch(planned: Planned, context: Context): void {
  const { draft, numbers, data } = planned;
  const items = itemsOf(data);
  if (items === null || items >= numbers.batch) return;
  const related = data.map(({ name, span, items: own }) => ({ span, message: `\`${name}\` has ${own ?? 0} items` }));
  const holes = { batch: numbers.batch, stage: draft.name, items };
  const help = `make it at most ${items}, or give the data more items`;
  context.report(diagnose("V525", place(planned, "batch"), holes, { related, help }));
}

function checkRate(planned: Planned, context: Context): void {
  const lr = planned.draft.values.optimizer?.lr;
  if (lr === undefined || lr < 1) return;
  const help = "did you mean a power of ten, such as `1e-3`?";
  context.report(diagnose("V529", at(planned.draft, "optimizer", "lr"), { lr }, { help }));
}

function checkEnd(planned: Planned, context: Context): void {
  const { draft, numbers } = planned;
  const lr = draft.values.optimizer?.lr;
  const end = endOf(numbers.schedule);
  if (lr === undefined || end <= lr) return;
  const related = [{ span: at(draft, "optimizer", "lr"), message: `\`lr\` is ${lr}` }];
  context.report(diagnose("V523", at(draft, "schedule", "end"), { end, lr }, { related }));
}

function checkValidation(planned: Planned, context: Context): void {
  const { draft, numbers } = planned;
  const { validate, duration } = numbers;
  if (validate === null) return;
  const [every, all] = [validate.every, duration].map((each) => inSteps(each, { ...planned, ...numbers }));
  const same = validate.every.unit === duration.unit;
  const never = same ? validate.every.value > duration.value : typeof every === "number" && every > (all ?? Infinity);
  if (!never) return;
  const related = [{ span: place(planned, duration.unit), message: `the stage lasts ${durationText(duration)}` }];
  const holes = { stage: draft.name, every: durationText(validate.every), duration: durationText(duration) };
  context.report(diagnose("V524", place(planned, "validate"), holes, { related }));
}

type Effect = (planned: Planned) => string | null;

const learnsContrast = ({ learn }: Planned): boolean => learn.some(({ head }) => contrasts(head));
const sees = ({ learn }: Planned): boolean =>
  learn.some(({ head }) => head.features.some(({ view }) => view !== "text"));

const unvalidated = "it has no `validate`, so that it is only evaluated at its end";

/** Keys that have no effect in some stages, with the reasons. */
const effects: Readonly<Record<string, Effect>> = {
  cached: (planned) =>
    planned.numbers.cached && !learnsContrast(planned) ? "it learns no contrastive head with a smaller pool" : null,
  gather_gradient: (planned) =>
    planned.numbers.gatherGradient === "local" && !learnsContrast(planned) ? "it learns no contrastive head" : null,
  augment: (planned) => (sees(planned) ? null : "nothing that it learns sees an image"),
  best: ({ draft }) => (draft.body.entries.has("validate") ? null : unvalidated),
  patience: (planned) => {
    const { validate, duration } = planned.numbers;
    if (!planned.draft.body.entries.has("validate")) return unvalidated;
    if (validate === null) return null;
    const [every, all] = [validate.every, duration].map((each) => inSteps(each, { ...planned, ...planned.numbers }));
    if (typeof every !== "number" || typeof all !== "number" || validate.patience === null) return null;
    const measured = Math.ceil(all / Math.max(1, Math.floor(every))) - 1;
    return measured <= validate.patience
      ? `it is validated ${counted(measured, "time")} before its end, and the first has none to be compared with`
      : null;
  },
};

function checkEffects(planned: Planned, context: Context): void {
  const { body, name } = planned.draft;
  for (const [key, effect] of Object.entries(effects)) {
    const node = body.entries.get(key)?.node;
    // An inherited key was meant for the parent.
    if (node === undefined || node.origin !== body.origin) continue;
    const reason = effect(planned);
    if (reason === null) continue;
    const help = reason === unvalidated ? "write `validate: every … steps`, or leave it out" : "leave it out";
    context.report(diagnose("V527", node.key, { key, stage: name, reason }, { help }));
  }
}
