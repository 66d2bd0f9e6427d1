// UPerNet (Xiao et al. 2018, as BEiT fine-tunes it): its convolutions as one list, from which parameters and cost
// follow, and its graph. Maps are [B, side, side, channels]. docs/decisions/0013 lists the differences.
import { affine, parameter, type BuildContext } from "../build/context.js";
import { featureOf } from "../build/trunk.js";
import type { Value } from "../ir/graph.js";
import { activations } from "../ops/activations.js";
import { gelu, linear } from "../ops/composite.js";
import { conv2d } from "../ops/convolution.js";
import { add, div, mean, mul, relu, sqrt, sub } from "../ops/elementwise.js";
import { matmul } from "../ops/linear.js";
import { max } from "../ops/reduction.js";
import { concat, fill, reshape, slice, transpose } from "../ops/structure.js";
import { norm, parameter as tensor, zero, type Initial, type ParameterSpec, type Role } from "../spec/parameter.js";
import { patchesPerSide } from "../spec/geometry.js";
import type { HeadSpec, ModelSpec } from "../spec/spec.js";
import { resized, averaged, samplingFlops } from "./sampling.js";

/** A head with this decoder; its features are the levels. */
interface Head extends HeadSpec {
  readonly classes: number;
  /** Channels of the pyramid. */
  readonly hidden: number;
}

/**
 * The features of a head are levels: the first has four times the resolution of the patches, each next one half of the
 * one before.
 */
export const mostLevels = 4;

/** Sides of the pooled maps (PSPNet's pyramid pooling). */
const pools = [1, 2, 3, 6] as const;

/** A convolution of the decoder with the norm that follows it. */
interface Convolution {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  /** 3 and 1 keep the side; `doubling` is a transposed convolution of 2 × 2 with stride 2. */
  readonly kernel: 3 | 1 | "doubling";
  /** Side of its input map. */
  readonly side: number;
  /** Whether a norm and an activation follow. */
  readonly normed: boolean;
}

/** The side of each level, the finest first. */
function sidesOf(model: ModelSpec, { features }: Pick<Head, "features">): number[] {
  const side = patchesPerSide(model);
  return features.map((_, i) => (i < 3 ? side * 2 ** (2 - i) : Math.max(1, side >> 1)));
}

/** Every convolution, in the order of the parameters. */
function convolutionsOf(model: ModelSpec, head: Head): Convolution[] {
  const { width } = model;
  const { hidden, classes } = head;
  const sides = sidesOf(model, head);
  const [finest = 1, coarsest = 1] = [sides[0], sides.at(-1)];
  const lower = sides.slice(0, -1).map((side, i) => ({ side, level: i + 1 }));
  const plain = (name: string, [from, to]: readonly [number, number], kernel: 3 | 1, side: number): Convolution => ({
    ...{ name, from, to, kernel, side, normed: true },
  });
  return [
    ...sides.flatMap((side, i) => doublings(model, side, i + 1)),
    ...lower.map(({ side, level }) => plain(`lateral.${level}`, [width, hidden], 1, side)),
    ...pools.map((side) => plain(`pool.${side}`, [width, hidden], 1, side)),
    plain("bottleneck", [width + pools.length * hidden, hidden], 3, coarsest),
    ...lower.map(({ side, level }) => plain(`fpn.${level}`, [hidden, hidden], 3, side)),
    plain("fusion", [sides.length * hidden, hidden], 3, finest),
    { ...plain("classifier", [hidden, classes], 1, finest), normed: false },
  ];
}

/** Upsamples a level to a higher resolution than the patches: repeated doublings with a norm between them. */
function doublings(model: ModelSpec, side: number, level: number): Convolution[] {
  const { width } = model;
  const patches = patchesPerSide(model);
  const count = Math.max(0, Math.log2(side / patches));
  return Array.from({ length: count }, (_, i) => ({
    ...{ name: `up.${level}.${i + 1}`, from: width, to: width, kernel: "doubling", side: patches * 2 ** i },
    normed: i + 1 < count,
  }));
}

/**
 * Initial values are those of mmsegmentation and PyTorch, except for the classifier: mmsegmentation's standard
 * deviation of 0.01 is so small that the first steps, which learn class frequencies, make all of its channels alike.
 */
function initialOf({ kernel, from, to, normed }: Convolution): Initial {
  if (kernel === "doubling") return { kind: "uniform", bound: 1 / Math.sqrt(4 * to) };
  if (!normed) return { kind: "normal", std: 1 / Math.sqrt(from) };
  return { kind: "normal", std: Math.sqrt(2 / (to * kernel ** 2)) };
}

/** Weight shapes as in PyTorch; those of 1 × 1 convolutions are matrices. */
function shapeOf({ kernel, from, to }: Convolution): number[] {
  if (kernel === "doubling") return [from, to, 2, 2];
  return kernel === 1 ? [to, from] : [to, from, kernel, kernel];
}

/** The decoder's parameters. */
export function pyramidTensors(
  model: ModelSpec,
  head: Head,
  { prefix, role }: { prefix: string; role: Role },
): ParameterSpec[] {
  return convolutionsOf(model, head).flatMap((each) => [
    tensor(`${prefix}.${each.name}.weight`, shapeOf(each), role, "matrix", initialOf(each)),
    tensor(`${prefix}.${each.name}.bias`, [each.to], role, "bias", zero),
    ...(each.normed ? norm(`${prefix}.${each.name}.norm`, each.to, role) : []),
  ]);
}

/** FLOPs per sample: convolutions, and the matrix products that resize maps. */
export function pyramidFlops(model: ModelSpec, head: Head): number {
  const { hidden, classes } = head;
  const sides = sidesOf(model, head);
  const [finest = 1, coarsest = 1] = [sides[0], sides.at(-1)];
  const products = convolutionsOf(model, head).map(
    ({ kernel, from, to, side }) => 2 * from * to * (kernel === "doubling" ? 4 : kernel ** 2) * side ** 2,
  );
  const samplings = [
    ...pools.map((side) => samplingFlops(coarsest, side, model.width) + samplingFlops(side, coarsest, hidden)),
    ...sides.slice(1).map((side, i) => samplingFlops(side, sides[i] ?? 1, hidden)),
    ...sides.slice(1).map((side) => samplingFlops(side, finest, hidden)),
    samplingFlops(finest, model.image?.size ?? 0, classes),
  ];
  return [...products, ...samplings].reduce((sum, count) => sum + count, 0);
}

/**
 * Activation elements saved per sample: inputs and outputs of convolutions, what norms and activations need, and the
 * logits of every pixel.
 */
export function pyramidElements(model: ModelSpec, head: Head): number {
  const kept = convolutionsOf(model, head).map(({ kernel, from, to, side, normed }) => {
    if (kernel === "doubling") return (2 * side) ** 2 * to * (normed ? 2 + activations.gelu.kept : 1);
    // The input of a 1 × 1 convolution with a norm is already counted by the operation that made it.
    return side ** 2 * ((kernel === 3 || !normed ? from : 0) + to * (normed ? 2 : 0));
  });
  return kept.reduce((sum, count) => sum + count, (model.image?.size ?? 0) ** 2 * (head.classes + 2));
}

/** Temporary elements in the gradient of the largest convolution: its im2col columns, and the map in the layout for them. */
export function pyramidWorking(model: ModelSpec, head: Head): number {
  const each = convolutionsOf(model, head).map(({ kernel, from, side }) => (kernel === 3 ? 11 * from * side ** 2 : 0));
  return Math.max(...each);
}

/** Logits [B, side, side, classes] at the side of the finest level. */
export function pyramid(context: BuildContext, head: Head): Value {
  const prefix = `heads.${head.parametersOf}`;
  const sides = sidesOf(context.model, head);
  const levels = head.features.map((feature, i) => {
    const map = mapOf(context, featureOf(context, feature));
    return level(context, map, { prefix: `${prefix}.up.${i + 1}`, side: sides[i] ?? 1 });
  });
  const top = levels.at(-1);
  if (top === undefined) throw new Error(`internal: head ${head.name} reads no layer`);
  const laterals = levels.slice(0, -1).map((map, i) => normed(context, `${prefix}.lateral.${i + 1}`, map));
  // Top-down: each level is added to the next finer one.
  const pooled = pyramidPooling(context, prefix, top);
  const added = laterals.reduceRight<Value[]>(
    (coarser, map) => [add(map, resized(coarser[0] ?? pooled, sideOf(map))), ...coarser],
    [pooled],
  );
  const outputs = added.map((map, i) =>
    i + 1 === added.length ? map : normed(context, `${prefix}.fpn.${i + 1}`, map, { kernel: 3 }),
  );
  const finest = sides[0] ?? 1;
  const joined = concat(
    outputs.map((map) => resized(map, finest)),
    3,
  );
  const { weight, bias } = affine(context, `${prefix}.classifier`);
  return linear(normed(context, `${prefix}.fusion`, joined, { kernel: 3 }), weight, bias);
}

/** Patches as a map: reshapes states [B, 1 + side², D] without the class token; a map stays as it is. */
function mapOf({ model }: BuildContext, x: Value): Value {
  if (x.type.shape.length === 4) return x;
  const [batch = 0, length = 0, width = 0] = x.type.shape;
  const side = patchesPerSide(model);
  return reshape(slice(x, 1, 1, length), [batch, side, side, width]);
}

/** A map resized to the side of its level. */
function level(context: BuildContext, map: Value, { prefix, side }: { prefix: string; side: number }): Value {
  if (side < sideOf(map)) return halved(map);
  let x = map;
  for (let i = 1; sideOf(x) < side; i++) {
    x = doubled(context, `${prefix}.${i}`, x);
    if (sideOf(x) < side) x = gelu(normOf(context, `${prefix}.${i}`, x));
  }
  return x;
}

function sideOf({ type }: Value): number {
  return type.shape[1] ?? 1;
}

/** Transposed convolution of 2 × 2 with stride 2, as `torch.nn.ConvTranspose2d`: each position becomes four. */
function doubled(context: BuildContext, prefix: string, x: Value): Value {
  const weight = parameter(context, `${prefix}.weight`);
  const [batch = 0, side = 0] = x.type.shape;
  const [from = 0, to = 0] = weight.type.shape;
  const four = reshape(matmul(x, reshape(weight, [from, to * 4])), [batch, side, side, to, 2, 2]);
  const laid = reshape(transpose(four, [0, 1, 4, 2, 5, 3]), [batch, 2 * side, 2 * side, to]);
  return add(laid, parameter(context, `${prefix}.bias`));
}

/** Max pooling of 2 × 2; the last row and column of an odd side are dropped, as by `torch.nn.MaxPool2d`. */
function halved(x: Value): Value {
  const [batch = 0, side = 0, , width = 0] = x.type.shape;
  const half = side >> 1;
  const even = slice(slice(x, 1, 0, 2 * half), 2, 0, 2 * half);
  return max(max(reshape(even, [batch, half, 2, half, 2, width]), 4), 2);
}

/** Concatenates the map with its averages at several scales (PSPNet's pyramid pooling). */
function pyramidPooling(context: BuildContext, prefix: string, x: Value): Value {
  const around = pools.map((side) =>
    resized(normed(context, `${prefix}.pool.${side}`, averaged(x, side), { each: "places" }), sideOf(x)),
  );
  return normed(context, `${prefix}.bottleneck`, concat([x, ...around], 3), { kernel: 3 });
}

/**
 * Axes of a norm. `channels`: each channel over all positions, as `torch.nn.InstanceNorm2d`. `places`: each position by
 * itself, for maps pooled to few positions.
 */
type Norm = "channels" | "places";
const axes = { channels: [1, 2], places: [3] } satisfies Record<Norm, readonly number[]>;

/** Convolution, norm, ReLU. */
function normed(
  context: BuildContext,
  prefix: string,
  x: Value,
  { kernel = 1, each = "channels" }: { readonly kernel?: 1 | 3; readonly each?: Norm } = {},
): Value {
  const { weight, bias } = affine(context, prefix);
  const convolved =
    kernel === 1
      ? linear(x, weight, bias)
      : transpose(conv2d(transpose(x, [0, 3, 1, 2]), { weight, bias }, { padding: 1 }), [0, 2, 3, 1]);
  return relu(normOf(context, prefix, convolved, each));
}

/**
 * Instance norm: it removes what all positions have in common, which otherwise grows until the differences between
 * positions are lost beside it.
 */
function normOf(context: BuildContext, prefix: string, x: Value, each: Norm = "channels"): Value {
  const { weight, bias } = affine(context, `${prefix}.norm`);
  // Over a single position an instance norm would give zeros.
  const over = axes[sideOf(x) === 1 ? "places" : each];
  const centred = sub(x, mean(x, over, true));
  const variance = mean(mul(centred, centred), over, true);
  const inverse = div(fill(1), sqrt(add(variance, fill(context.model.normEps))));
  return add(mul(centred, mul(inverse, weight)), bias);
}
