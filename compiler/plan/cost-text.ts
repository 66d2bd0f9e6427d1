// The cost of a stage as text: memory, the micro-batch that fits, duration.
import { countText } from "./count-text.js";
import type { EstimatePlan, SharingPlan } from "./estimate.js";
import type { FitPlan, MemoryPlan } from "./memory.js";
import type { StagePlan } from "./plan.js";

/** Lines on memory, and on the budget and the device if there are any. */
export function costText({ batch, memory, fit, estimate }: StagePlan): string[] {
  return [
    ...memoryText(memory),
    ...(fit === null ? [] : [`  in ${bytesText(fit.memory)}: ${fitText(fit, batch, "the whole batch")}`]),
    ...(estimate === null ? [] : estimateText(estimate, { batch, micro: memory.micro })),
  ];
}

/** 24 × 2³⁰ as `24.0 GiB`. */
export function bytesText(bytes: number): string {
  const [scale, unit] = bytes >= 2 ** 30 ? [2 ** 30, "GiB"] : bytes >= 2 ** 20 ? [2 ** 20, "MiB"] : [2 ** 10, "KiB"];
  const value = bytes / scale;
  return `${value >= 100 ? value.toFixed(0) : value.toPrecision(3)} ${unit}`;
}

function memoryText({ precision, parameters, gradients, optimizer, activations, ...memory }: MemoryPlan): string[] {
  const parts = Object.entries({ parameters, gradients, optimizer, activations });
  const listed = parts.map(([name, bytes]) => `${name} ${bytesText(bytes)}`).join(", ");
  const at = `micro-batch ${memory.micro}, ${bytesText(memory.sample)} per sample`;
  return [`  memory ${bytesText(memory.total)} (${precision}; ${at})`, `    ${listed}`];
}

function fitText({ micro, total, needsCached }: FitPlan, batch: number, whole: string): string {
  if (micro === 0) return `not even one sample fits, which takes ${bytesText(total)}`;
  const held =
    micro === batch ? `${whole} fits` : `the largest micro-batch that fits is ${micro} (${batch / micro} per step)`;
  return `${held}, ${bytesText(total)}${needsCached ? "; needs `cached: true`" : ""}`;
}

/** Samples per step, and samples that all devices together compute at a time. */
interface Samples {
  readonly batch: number;
  readonly micro: number;
}

function estimateText(estimate: EstimatePlan, { batch, micro }: Samples): string[] {
  const { device, count, share, precision, unit, rate, bound, wire, days, fit, sharing } = estimate;
  const where = count === 1 ? device : `${count} × ${device}`;
  const held =
    bound === "memory" ? "held back by memory traffic" : `at ${Number((share * 100).toFixed(1))}% of the peak`;
  const lasts = days === null ? `, ${daysText(1e6 / rate / 86_400)} a million ${unit}` : `, ${daysText(days)}`;
  const part = Math.max(1, Math.round(batch / count));
  const [each, whole] = count === 1 ? ["there", "the whole batch"] : ["on each", `its whole part of ${part}`];
  return [
    `  on ${where} (${precision}): ${rateText(rate)} ${unit}/s ${held}${lasts}`,
    `    ${each} ${fitText(fit, part, whole)}`,
    ...(count === 1 ? [] : dividedText(estimate, { batch, micro })),
    ...(wire === null ? [] : [wireText(wire)]),
    ...(sharing === null ? [] : [sharingText(sharing, part, whole)]),
  ];
}

/**
 * What training on `count` devices does with the file's `batch` and `micro`: an error, a warning that more would fit,
 * or nothing.
 */
function dividedText({ count, fit }: EstimatePlan, samples: Samples): string[] {
  const uneven = (["batch", "micro"] as const).find((key) => samples[key] % count !== 0);
  if (uneven !== undefined) {
    const size = `\`${uneven}\`, ${samples[uneven]} samples, does not divide among ${count}`;
    return [`    \`train --devices ${count}\` refuses the file as it is: ${size}`];
  }
  const [own, room] = [samples.micro / count, fit.micro];
  if (own >= room) return [];
  return [
    `    by the file's \`micro: ${samples.micro}\` each computes ${own} at a time; \`micro: ${room * count}\` is ${room}`,
  ];
}

function sharingText({ before, optimizer, wire, fit }: SharingPlan, part: number, whole: string): string {
  const kept = `${bytesText(optimizer)} of the optimizer's state instead of ${bytesText(before)}`;
  return `    with --shard-optimizer each keeps ${kept} and sends ${bytesText(wire.total)}; ${fitText(fit, part, whole)}`;
}

function wireText({ gradients, samples, total, share }: NonNullable<EstimatePlan["wire"]>): string {
  const parts = samples === 0 ? "" : ` (gradients ${bytesText(gradients)}, samples ${bytesText(samples)})`;
  return `    each sends ${bytesText(total)} a step${parts}, and waits ${Number((share * 100).toPrecision(2))}% of its time`;
}

function rateText(rate: number): string {
  return rate >= 100 ? countText(Math.round(rate)) : rate.toPrecision(3);
}

function daysText(days: number): string {
  const hours = days * 24;
  const seconds = hours * 3600;
  if (seconds < 1) return "under a second";
  if (seconds < 60) return `${seconds.toPrecision(2)} seconds`;
  if (hours < 1) return `${(hours * 60).toPrecision(2)} minutes`;
  return days < 1 ? `${hours.toPrecision(3)} hours` : `${days.toPrecision(3)} days`;
}
