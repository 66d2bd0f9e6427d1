// The speed of a stage: shown in the report, and compared with a plan.
import { countText, flopsText, type StagePlan } from "../../compiler/front-end.js";
import type { RunInfo, StageRecord } from "./run.js";
import { duration, percent } from "./words.js";

/**
 * Items per second: the median over the steps, so that the first ones, which load programs, do not count; null where none was
 * timed.
 */
export function rateOf({ steps }: StageRecord): number | null {
  const rates = steps.flatMap((line) => line.items_per_second ?? []).sort((a, b) => a - b);
  return rates[Math.floor(rates.length / 2)] ?? null;
}

/** Share of the time in which the engine waited for data, 0…1; the first step, which opens the data, does not count. */
export function waitOf({ steps, seconds }: StageRecord): number | null {
  const waits = steps.slice(1).flatMap(({ data_seconds: wait }) => wait ?? []);
  if (waits.length === 0 || seconds === 0) return null;
  return waits.reduce((sum, wait) => sum + wait, 0) / seconds;
}

/** A run's measurements of a planned stage. */
export interface Measured {
  readonly stage: string;
  /** Items per second. */
  readonly rate: number;
  /** Operations per second by the plan's count. */
  readonly flops: number;
  /** Share of the time spent waiting for data; null where the run does not record it. */
  readonly wait: number | null;
  /** Seconds of the whole stage at this rate; null where its number of steps is unknown. */
  readonly seconds: number | null;
  /** The plan's estimated rate divided by the measured one; null where no device was given. */
  readonly estimated: number | null;
  /** Number of parameters of the run's stage, where it differs from the plan's. */
  readonly otherParameters: number | null;
}

/** A run's measurements of a planned stage; null where it has no steps of it. */
export function measuredOf(plan: StagePlan, stages: readonly StageRecord[]): Measured | null {
  const record = stages.find(({ name }) => name === plan.name);
  const rate = record === undefined ? null : rateOf(record);
  if (record === undefined || rate === null) return null;
  const parameters = plan.parameters.total + plan.parameters.carried;
  const { allParameters: all } = record;
  return {
    stage: plan.name,
    rate,
    flops: (rate * plan.flopsStep) / plan.batch,
    wait: waitOf(record),
    seconds: plan.steps === null ? null : (plan.steps * plan.batch) / rate,
    estimated: plan.estimate && plan.estimate.rate / rate,
    otherParameters: all === null || all === parameters ? null : all,
  };
}

/** A run's measurements as text. */
export function measuredText(run: string, { engine }: RunInfo, measured: readonly Measured[]): string {
  const lines = measured.map((each) => `  ${each.stage}: ${valuesText(each)}`);
  return `measured in ${run}${engine === undefined ? "" : `, ${engine}`}\n${lines.join("\n")}\n`;
}

function valuesText({ rate, flops, wait, seconds, estimated, otherParameters }: Measured): string {
  if (otherParameters !== null) return `another model, of ${countText(otherParameters)} parameters`;
  const parts = [
    `${rate < 10 ? rate.toPrecision(2) : countText(Math.round(rate))} items/s`,
    `${flopsText(flops)}/s`,
    ...(wait === null ? [] : [`${percent(wait)} of the time waiting for data`]),
    ...(seconds === null ? [] : [`the whole stage in ${duration(seconds)}`]),
    ...(estimated === null ? [] : [`the estimate is ${estimated.toPrecision(3)} times that`]),
  ];
  return parts.join(", ");
}
