// Learning-rate schedules: one row each, with its keys and the shape of its decay.
import { z } from "zod";
import { doc } from "./fields.js";
import { duration, real } from "./numbers.js";
import type { Calls } from "./families.js";
import type { Signature } from "./signature.js";

/** Everything the language knows about a schedule. */
export interface ScheduleRule<Schema extends z.ZodObject = z.ZodObject> extends Signature {
  readonly schema: Schema;
  /**
   * The rate above `end` as a share 1 … 0 of the peak above `end`, at a share 0 … 1 of the time after warm-up; null if
   * the rate is constant, however long the stage is.
   */
  readonly left: ((past: number, settings: z.output<Schema>) => number) | null;
}

/** Infers the type of a row from its keys. */
function scheduleRule<Schema extends z.ZodObject>(rule: ScheduleRule<Schema>): ScheduleRule<Schema> {
  return rule;
}

const warmup = doc(
  duration({ share: true }).default({ unit: "steps", value: 0 }),
  "Length of the warm-up, in which the learning rate rises linearly from 0.",
);
const end = doc(real().default(0), "Learning rate at the end.");

/** The schedules, one row each. */
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

/** A schedule, as parsed by its schema. */
export type ScheduleSpec = Calls<typeof schedules>;
/** The name of a schedule, as `schedule:` takes it. */
export type ScheduleKind = ScheduleSpec["kind"];

/** The names of the schedules, in the order of the reference. */
export const scheduleKinds = Object.keys(schedules) as [ScheduleKind, ...ScheduleKind[]]; // the keys of the table

/** A schedule with the settings of its kind, also as read from checkpoints. */
interface Falling {
  readonly kind: ScheduleKind;
}

/** The final rate; for a constant schedule 0, which is less than any peak. */
export function endOf(schedule: Falling): number {
  return "end" in schedule && typeof schedule.end === "number" ? schedule.end : 0;
}

/** The learning rate at a share `past` of the time after warm-up: from the peak `height` down to its end. */
export function rateAfter(schedule: Falling, height: number, past: number): number {
  const { left } = schedules[schedule.kind] as unknown as ScheduleRule; // each row accepts the settings of its own kind
  if (left === null) return height;
  const last = endOf(schedule);
  return past >= 1 ? last : last + (height - last) * left(past, { ...schedule });
}
