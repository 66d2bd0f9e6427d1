// Throughput and duration of a stage on a device: the slower of its products at a share of the peak
// and of its traffic with memory, and then what devices send each other (docs/plan.md has the formula and what it was compared with).
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

/** What an estimate is of. */
export interface EstimateOptions {
  readonly device: DeviceName;
  /** How many devices share the batch. */
  readonly count: number;
  /** Share of the peak that products reach, 0…1; the usual one where it is left out. */
  readonly share?: number;
}

/** An estimate with what it was made under. */
export interface EstimatePlan extends Required<EstimateOptions> {
  readonly precision: Precision;
  /** What is counted: `pairs`, `images`, … */
  readonly unit: string;
  /** Samples a second, of all devices together. */
  readonly rate: number;
  /** The bottleneck of what a device computes. */
  readonly bound: "products" | "memory";
  /** What each device sends in a step, and the share of the step that nothing is computed meanwhile; null for one device. */
  readonly wire: (WirePlan & { readonly share: number }) | null;
  /** Days of the whole stage; null where its number of steps is not known. */
  readonly days: number | null;
  /** The largest micro-batch of one device's part of the batch that fits. */
  readonly fit: FitPlan;
  /** The same where the devices share the optimizer's state; null for one device. */
  readonly sharing: SharingPlan | null;
}

/** What `--shard-optimizer` changes on each device. */
export interface SharingPlan {
  /** Bytes of the optimizer's state, without and with it. */
  readonly before: number;
  readonly optimizer: number;
  readonly wire: WirePlan;
  readonly fit: FitPlan;
}

/** The share of the peak that well-kept training of such models reaches (29% of an H100 by NeMo's ViT-g). */
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

/** The estimate of a stage, on a device that multiplies in that precision (`multipliesIn`). */
export function estimateOf(stage: StageSpec, options: EstimateOptions, precision: Precision): EstimatePlan {
  const device: Device = devices[options.device];
  const { count, share = usualShare } = options;
  // A device's part of the batch may fit where the whole does not.
  const part = { ...stage, batch: Math.max(1, Math.round(stage.batch / count)) };
  const peak = device.peak[precision];
  if (peak === null) throw new Error(`internal: ${options.device} does not multiply in ${precision}`);
  const products = (peak * share) / trainingFlops(part);
  const traffic = device.bandwidth / trafficOf(part, precision);
  const computing = stage.batch / (count * Math.min(products, traffic));
  const wire = count === 1 ? null : wireOf(stage, count);
  const link = count > devicesOfMachine ? device.network : device.link;
  // Communication of gradients overlaps the backward pass of the last micro-batch, two thirds of its time.
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

/** Operations of training on one sample: three forward passes' worth, and one more of what `cached` encodes twice. */
export function trainingFlops(stage: StageSpec): number {
  const { model, learn, cached, micro, batch } = stage;
  const contrasts = learn.filter(({ head }) => contrastsWholeBatch(head));
  const twice = cached && micro < batch ? stageFlops(model, contrasts) : 0;
  return 3 * stageFlops(model, learn) + twice;
}

/** Bytes to and from memory for one sample: activations written once and read twice, and its part of the update. */
function trafficOf(stage: StageSpec, precision: Precision): number {
  // Parameter, gradient and the optimizer's state are read, all but the gradient written.
  const tensors = 3 + 2 * optimizerRuleOf(stage.optimizer).state.length;
  const update = tensors * 4 * countsOf(stage).trained;
  return 3 * activationBytes[precision] * activationsOf(stage).kept + update / stage.batch;
}
