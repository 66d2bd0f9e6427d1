// Throughput and duration of a stage on a device: the slower of its matrix products at a share of the peak and of its
// memory traffic, plus communication between devices (docs/plan.md has the formula and what it was compared with).
import { optimizerRuleOf } from "../optimizers/index.js";
import type { Precision } from "../ir/precision.js";
import type { DataKind } from "../schema/data.js";
import { inSteps } from "../spec/durations.js";
import { contrastsWholeBatch } from "../heads/pools.js";
import type { StageSpec } from "../spec/spec.js";
import { activationsOf } from "./activations.js";
import { countsOf } from "./counts.js";
import { devices, devicesOfMachine, type Device, type DeviceName } from "./devices.js";
import { stageFlops } from "./flops.js";
import { activationBytes, fitOf, stateBytes, type FitPlan } from "./memory.js";
import { wireOf, type WirePlan } from "./wire.js";

/** Conditions of an estimate. */
export interface EstimateOptions {
  readonly device: DeviceName;
  /** Number of devices that share the batch. */
  readonly count: number;
  /** Share of the peak that products reach (MFU), 0…1; `usualShare` by default. */
  readonly share?: number;
}

/** An estimate with its conditions. */
export interface EstimatePlan extends Required<EstimateOptions> {
  readonly precision: Precision;
  /** Name of the samples: `pairs`, `images`, … */
  readonly unit: string;
  /** Samples per second, all devices together. */
  readonly rate: number;
  /** The bottleneck of a device's computation. */
  readonly bound: "products" | "memory";
  /** Traffic sent by each device per step, and the share of the step spent waiting for it; null for one device. */
  readonly wire: (WirePlan & { readonly share: number }) | null;
  /** Duration of the whole stage in days; null if its number of steps is unknown. */
  readonly days: number | null;
  /** The largest micro-batch that fits, of one device's share of the batch. */
  readonly fit: FitPlan;
  /** The same with the optimizer's state sharded over the devices; null for one device. */
  readonly sharing: SharingPlan | null;
}

/** Effect of `--shard-optimizer` on each device. */
export interface SharingPlan {
  /** Bytes of the optimizer's state, without and with it. */
  readonly before: number;
  readonly optimizer: number;
  readonly wire: WirePlan;
  readonly fit: FitPlan;
}

/** The share of the peak that well-tuned training of such models reaches (29% of an H100 by NeMo's ViT-g). */
const usualShare = 0.3;

const units = {
  images: "images",
  labelled_images: "images",
  texts: "texts",
  pairs: "pairs",
  questions: "questions",
  statements: "statements",
  masks: "images",
} satisfies Record<DataKind, string>;

/** The estimate of a stage, on a device that supports that precision (`multipliesIn`). */
export function estimateOf(stage: StageSpec, options: EstimateOptions, precision: Precision): EstimatePlan {
  const device: Device = devices[options.device];
  const { count, share = usualShare } = options;
  // A device's share of the batch may fit where the whole does not.
  const part = { ...stage, batch: Math.max(1, Math.round(stage.batch / count)) };
  const peak = device.peak[precision];
  if (peak === null) throw new Error(`internal: ${options.device} does not multiply in ${precision}`);
  const products = (peak * share) / trainingFlops(part);
  const traffic = device.bandwidth / trafficOf(part, precision);
  const computing = stage.batch / (count * Math.min(products, traffic));
  const wire = count === 1 ? null : wireOf(stage, count);
  const link = count > devicesOfMachine ? device.network : device.link;
  // The exchange of gradients overlaps the backward pass of the last micro-batch, two thirds of its time.
  const beside = ((2 / 3) * computing * stage.micro) / stage.batch;
  const waiting = (wire?.samples ?? 0) / link + Math.max(0, (wire?.gradients ?? 0) / link - beside);
  const rate = stage.batch / (computing + waiting);
  const steps = inSteps(stage.duration, stage);
  const unit = units[stage.data[0]?.kind ?? "images"];
  return {
    device: options.device,
    count,
    share,
    precision,
    unit,
    rate,
    bound: products <= traffic ? "products" : "memory",
    wire: wire && { ...wire, share: waiting / (computing + waiting) },
    days: steps === null ? null : (steps * stage.batch) / rate / 86_400,
    fit: fitOf(part, precision, device.memory),
    sharing: count === 1 ? null : sharingOf(stage, count, fitOf(part, precision, device.memory, count)),
  };
}

function sharingOf(stage: StageSpec, count: number, fit: FitPlan): SharingPlan {
  const [before, optimizer] = [stateBytes(stage, 1), stateBytes(stage, count)];
  return { before, optimizer, wire: wireOf(stage, count, true), fit };
}

/** Training FLOPs per sample: three times the forward pass, plus one more for what `cached` encodes twice. */
export function trainingFlops(stage: StageSpec): number {
  const { model, learn, cached, micro, batch } = stage;
  const contrasts = learn.filter(({ head }) => contrastsWholeBatch(head));
  const twice = cached && micro < batch ? stageFlops(model, contrasts) : 0;
  return 3 * stageFlops(model, learn) + twice;
}

/** Memory traffic per sample in bytes: activations written once and read twice, and its share of the update. */
function trafficOf(stage: StageSpec, precision: Precision): number {
  // Parameter, gradient and optimizer state are read; all but the gradient are written.
  const tensors = 3 + 2 * optimizerRuleOf(stage.optimizer).state.length;
  const update = tensors * 4 * countsOf(stage).trained;
  return 3 * activationBytes[precision] * activationsOf(stage).kept + update / stage.batch;
}
