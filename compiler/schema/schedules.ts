// The schedules of the learning rate: a row each, with its keys and how the rate falls from its height.
import { z } from "zod";
import { doc } from "./fields.js";
import { duration, real } from "./numbers.js";
import type { Calls } from "./families.js";
import type { Signature } from "./signature.js";

/** What the language knows of a schedule. */
export interface ScheduleRule<Schema extends z.ZodObject = z.ZodObject> extends Signature {
  readonly schema: Schema;
  /**
   * The rate above `end` as a share of the whole fall, 1 … 0, at this share of the time after the warm-up;
   * null where the rate stays, however long the stage is.
   */
  readonly left: ((past: number, settings: z.output<Schema>) => number) | null;
}

/** Types a row by its own keys. */
function scheduleRule<Schema extends z.ZodObject>(rule: ScheduleRule<Schema>): ScheduleRule<Schema> {
  return rule;
}

const warmup = doc(
  duration({ share: true }).default({ unit: "steps", value: 0 }),
  "Length of the warm-up, in which the learning rate rises linearly from 0.",
);
const end = doc(real().default(0), "Learning rate at the end.");

/** The schedules, a row each. */
export const schedules = {
  linear: scheduleRule({
    doc: "Falls in a straight line.",
    schema: z.object({ warmup, end }),
    left: (past) => 1 - past,
  }),
  cosine: scheduleRule({
    doc: "Cosine decay.",
    schema: z.object({ warmup, end }),
    left: (past) => (1 + Math.cos(Math.PI * past)) / 2,
  }),
  polynomial: scheduleRule({
    doc: "Polynomial decay: a power of the remaining time.",
    schema: z.object({
      warmup,
      end,
      power: doc(real({ least: 0, open: "low" }).default(1), "The power; 1 is linear."),
    }),
    left: (past, { power }) => (1 - past) ** power,
  }),
  constant: scheduleRule({
    doc: "Constant after the warm-up.",
    schema: z.object({ warmup }),
    left: null,
  }),
} as const;

/** A schedule, as its schema gives it. */
export type ScheduleSpec = Calls<typeof schedules>;
/** The name of a schedule, as `schedule:` takes it. */
export type ScheduleKind = ScheduleSpec["kind"];

/** The names of the schedules, in the order of the reference. */
export const scheduleKinds = Object.keys(schedules) as [ScheduleKind, ...ScheduleKind[]]; // the keys of the table

/** A schedule with settings of its kind, as checkpoints keep them too. */
interface Falling {
  readonly kind: ScheduleKind;
}

/** The rate at the end; of a rate that stays it is below any height. */
export function endOf(schedule: Falling): number {
  return "end" in schedule && typeof schedule.end === "number" ? schedule.end : 0;
}

/** The learning rate when a share of the time after the warm-up is past: from `height` down to its end. */
export function rateAfter(schedule: Falling, height: number, past: number): number {
  const { left } = schedules[schedule.kind] as unknown as ScheduleRule; // each row takes settings of its own keys
  if (left === null) return height;
  const last = endOf(schedule);
  return past >= 1 ? last : last + (height - last) * left(past, { ...schedule });
}
